using System.Diagnostics;
using IceCream.CommandLine;
using IceCream.Diagnostics;
using IceCream.Digests;
using IceCream.Jobs;
using IceCream.Platform;
using IceCream.Processes;
using IceCream.Sandboxing;
using IceCream.Toolchains;
using IceCream.Toolchains.Wrappers;
using Xunit;

namespace IceCream.Tests.Toolchains;

/// <summary>Compilers that are scripts, or programs that start the compiler.</summary>
public sealed class WrapperTests : IClassFixture<WrapperTests.Trials>, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("wrapper").FullName;
    private readonly WrapperVariables _variables = new();
    private readonly FileDigests _digests = new(TimeProvider.System);
    private readonly ToolchainCache _cache;

    public WrapperTests(Trials trials) =>
        _cache = new ToolchainCache(new ProcessCompilerProbe(), _digests, null, new WrapperSurvey(trials.Trial, _variables));

    public void Dispose()
    {
        _digests.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>One observer for all.</summary>
    public sealed class Trials : IAsyncLifetime
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("trials").FullName;

        public Trials() => Trial = new WrapperTrial(() => _folder, new BubblewrapSandbox(TimeProvider.System));

        internal WrapperTrial Trial { get; }

        public Task InitializeAsync() => Task.CompletedTask;

        public async Task DisposeAsync()
        {
            await Trial.DisposeAsync();
            Directory.Delete(_folder, recursive: true);
        }
    }

    [Fact]
    public async Task Whatever_changes_behind_a_wrapper_is_noticed()
    {
        Shell("cp $(readlink -f /usr/bin/gcc) real-gcc");
        ProbeAnswer own = await new ProcessCompilerProbe().AskAsync("/usr/bin/gcc", ["-print-prog-name=cc1"], "/", ["PATH=/usr/bin:/bin"]);
        Script("#!/bin/sh\n[ -f \"${0%/*}/flags.sh\" ] && . \"${0%/*}/flags.sh\"\nexec \"${0%/*}/real-gcc\" -BFOLDER/ $flags \"$@\"\n".Replace("FOLDER", Path.GetDirectoryName(own.Output.Trim()), StringComparison.Ordinal));
        Toolchain first = await DescribeAsync();
        Assert.True(first.IsWrapper);
        foreach (string path in (string[])["gcc", "real-gcc"])
        {
            Assert.Contains(first.Tree.Files, file => file.Path == Path.Combine(_folder, path));
        }

        Assert.Contains(first.Tree.Files, static file => file.Path.EndsWith("/dash", StringComparison.Ordinal) || file.Path.EndsWith("/bash", StringComparison.Ordinal));
        Assert.Equal(first.Digest, (await DescribeAsync()).Digest);

        // A configuration that appears, and then says something else.
        await File.WriteAllTextAsync(Path.Combine(_folder, "flags.sh"), "flags=-DX=1\n");
        Toolchain second = await DescribeAsync();
        Assert.Contains(second.Tree.Files, file => file.Path == Path.Combine(_folder, "flags.sh"));
        await File.WriteAllTextAsync(Path.Combine(_folder, "flags.sh"), "flags=-DX=12\n");
        Toolchain third = await DescribeAsync();
        Assert.NotEqual(second.Digest, third.Digest);

        // The compiler behind it.
        Shell("echo one more line >>real-gcc");
        Toolchain fourth = await DescribeAsync();
        Assert.NotEqual(third.Digest, fourth.Digest);

        // The script, which from now on cannot leave; and then can again.
        string kept = await File.ReadAllTextAsync(Path.Combine(_folder, "gcc"));
        Script(kept + "echo $RANDOM\n");
        Assert.Contains("RANDOM", (await Assert.ThrowsAsync<ToolchainException>(DescribeAsync)).Message, StringComparison.Ordinal);
        Assert.Contains("RANDOM", (await Assert.ThrowsAsync<ToolchainException>(DescribeAsync)).Message, StringComparison.Ordinal);
        Script(kept);
        Assert.True((await DescribeAsync()).IsWrapper);
    }

    [Fact]
    public async Task What_a_wrapper_is_found_to_ask_for_goes_along_from_the_next_command_on()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "flags.sh"), "flags=$MY_FLAGS\n");
        Script("#!/bin/sh\n. \"${0%/*}/flags.sh\"\nexec /usr/bin/gcc $flags \"$@\"\n");
        CompileJob job = _variables.Complete(Job() with { WithheldVariables = ["MY_FLAGS=-DX", "OTHER=1", "_=/usr/bin/make"] });
        Assert.True(job.IsWrapped);
        Assert.DoesNotContain("MY_FLAGS=-DX", job.Environment);
        Assert.Contains("MY_FLAGS", (await Assert.ThrowsAsync<ToolchainException>(() => _cache.GetAsync(job).AsTask())).Message, StringComparison.Ordinal);

        CompileJob next = _variables.Complete(job);
        Assert.Contains("MY_FLAGS=-DX", next.Environment);
        Assert.Equal(["OTHER=1", "_=/usr/bin/make"], next.WithheldVariables.AsEnumerable());
        Assert.True((await _cache.GetAsync(next)).IsWrapper);
    }

    [Theory]
    [InlineData("x86-64-v3", true)]
    [InlineData("native", false)]
    public async Task What_a_wrapper_makes_of_a_variable_must_not_be_this_machines_processor(string processor, bool leaves)
    {
        Script("#!/bin/sh\nexec /usr/bin/gcc ${MY_ARCH:+-DARCH=1} \"$@\"\n");
        CompileJob job = _variables.Complete(Job() with { WithheldVariables = ["MY_ARCH=" + processor] });
        Assert.Contains("MY_ARCH=" + processor, job.Environment);
        if (leaves)
        {
            Assert.True((await _cache.GetAsync(job)).IsWrapper);
        }
        else
        {
            Assert.Contains("MY_ARCH", (await Assert.ThrowsAsync<ToolchainException>(() => _cache.GetAsync(job).AsTask())).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("[ -x \"${0%/*}/flags.sh\" ] || x=1", false, "flags.sh")]
    [InlineData("[ -f \"${0%/*}/flags.sh\" ] && x=1", false, null)]
    [InlineData("PATH=${0%/*}:$PATH; x=$(cut -c1 /dev/null)", false, "cut")]
    [InlineData("x=$(hostname)", false, "it runs hostname")]
    [InlineData("PATH=${0%/*}:$PATH; x=$(ccache)", true, "ccache")]
    [InlineData("PATH=${0%/*}:$PATH; x=$(clang-9 -c)", true, null)]
    [InlineData("exec /usr/bin/gcc --no-such-flag", false, "a trial of it failed")]
    public async Task Whether_a_script_can_leave_shows_in_a_trial(string line, bool hasLauncher, string? named)
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "flags.sh"), "");
        if (hasLauncher)
        {
            Shell("cp /usr/bin/true icelaunch; cp /usr/bin/true ccache; ln -s icelaunch clang-9");
        }
        else
        {
            await File.WriteAllTextAsync(Path.Combine(_folder, "cut"), "");
            Linux.SetPermissions(Path.Combine(_folder, "cut"), 0b110_100_100);
        }

        Script($"#!/bin/sh\ncase $* in *empty*) {line};; esac\nexec /usr/bin/gcc \"$@\"\n");
        if (named is not null)
        {
            Assert.Contains(named, (await Assert.ThrowsAsync<ToolchainException>(DescribeAsync)).Message, StringComparison.Ordinal);
            return;
        }

        FileTree tree = (await DescribeAsync()).Tree;
        Assert.DoesNotContain(tree.Files, static file => file.Path.EndsWith("/icelaunch", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("", "", null)]
    [InlineData("#include <time.h>\n", "if (time(0) == 1) return 3;", "time")]
    [InlineData("#include <stdio.h>\n", "puts(\"-march=native\");", "-march=native")]
    public async Task A_program_that_starts_the_compiler_is_a_wrapper_and_what_it_asks_for_goes_along(string includes, string statement, string? named)
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "w.c"), $$"""
            #include <stdlib.h>
            #include <unistd.h>
            {{includes}}int main(int count, char **words) { {{statement}} if (!count || getenv("BR2_DEBUG")) return 2; words[0] = "/usr/bin/gcc"; return execv(words[0], words); }
            """);
        await new ProcessCompilerProbe().AskAsync("/usr/bin/gcc", ["-w", "-o", "gcc", "w.c"], _folder, ["PATH=/usr/bin:/bin"]);
        CompileJob job = Job() with { WithheldVariables = ["BR2_DEBUG=", "MAKEFLAGS=-j7", "OTHER=1"] };
        Assert.Same(job, _variables.Complete(job));
        string message = (await Assert.ThrowsAsync<ToolchainException>(() => _cache.GetAsync(job).AsTask())).Message;
        Assert.Contains(named ?? "BR2_DEBUG", message, StringComparison.Ordinal);
        CompileJob next = _variables.Complete(job);
        Assert.Contains("BR2_DEBUG=", next.Environment);
        Assert.Equal(["MAKEFLAGS=-j7", "OTHER=1"], next.WithheldVariables.AsEnumerable());
    }

    [Fact]
    public async Task A_trial_under_way_ends_before_its_record_is_taken_away()
    {
        var sandbox = new StuckSandbox();
        var trial = new WrapperTrial(() => Directory.CreateDirectory(Path.Combine(_folder, "trials")).FullName, sandbox);
        CompileJob job = Job();
        Task<TrialOutcome> running = trial.RunAsync(CompilerQuestions.Of(job, job.Invocation!), CancellationToken.None).AsTask();
        await sandbox.Started.Task.WaitAsync(TimeSpan.FromMinutes(1));
        await trial.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromMinutes(1));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => trial.RunAsync(CompilerQuestions.Of(job, job.Invocation!), CancellationToken.None).AsTask());
    }

    [Fact]
    public void A_variable_that_cannot_be_told_keeps_the_script_that_names_it()
    {
        Script("#!/bin/sh\nexec /usr/bin/gcc $MY_FLAGS \"$@\"\n");
        Assert.Contains("MY_FLAGS", _variables.Complete(Job() with { WithheldVariables = ["MY_FLAGS"] }).LocalOnly?.Detail, StringComparison.Ordinal);
        Assert.Null(_variables.Complete(Job() with { WithheldVariables = ["OTHER"] }).LocalOnly);
    }

    [Theory]
    [InlineData("/usr/bin/gcc", CompilerFamily.Gcc)]
    [InlineData("/usr/bin/g++", CompilerFamily.Gcc)]
    [InlineData("/usr/bin/clang", CompilerFamily.Clang)]
    [InlineData("/usr/bin/clang++", CompilerFamily.Clang)]
    public async Task Compilers_themselves_are_described_as_without_a_trial(string compiler, object family)
    {
        CompileJob job = Job() with { CommandLine = [compiler, "-c", "a.c"], Compiler = compiler };
        job = job with { Invocation = job.Invocation! with { Family = (CompilerFamily)family } };
        Toolchain toolchain = await _cache.GetAsync(job);
        Assert.False(toolchain.IsWrapper);
        Assert.Equal((await new ToolchainCache(new ProcessCompilerProbe(), _digests).GetAsync(job)).Digest, toolchain.Digest);
    }

    [Fact]
    public void Compilers_themselves_get_no_more_variables_than_before()
    {
        CompileJob job = Job() with { Compiler = "/usr/bin/gcc", WithheldVariables = ["MY_FLAGS=-DX", "GCC=1", "PATHS=1"] };
        Assert.Same(job, _variables.Complete(job));
    }

    [Theory]
    [InlineData("#!/bin/sh\nexec gcc\n", "sh", true)]
    [InlineData("#! /usr/bin/env bash\nexec gcc\n", "bash", true)]
    [InlineData("#!/usr/bin/env -S A=1 bash -e\nexec gcc\n", "bash", true)]
    [InlineData("#!/usr/bin/python3 -E\n", "python3", false)]
    [InlineData("#!/bin/sh", "sh", true)]
    [InlineData("#!   \nexec gcc\n", null, false)]
    [InlineData("exec gcc\n", null, false)]
    [InlineData("#!", null, false)]
    [InlineData("", null, false)]
    public void The_first_line_of_a_script_names_who_takes_it(string text, string? interpreter, bool isForShell)
    {
        Script? script = Parse(text);
        Assert.Equal((interpreter, isForShell), (script?.InterpreterName, script?.IsForShell ?? false));
    }

    /// <summary>Lets the observer be prepared, and no compiler come to an end.</summary>
    private sealed class StuckSandbox : ISandbox
    {
        private readonly BubblewrapSandbox _real = new(TimeProvider.System);

        public TaskCompletionSource Started { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ValueTask<Obstacle?> FindObstacleAsync(CancellationToken cancellationToken) => _real.FindObstacleAsync(cancellationToken);

        public async ValueTask<SandboxOutcome> RunAsync(SandboxCommand command, CancellationToken cancellationToken)
        {
            if (command.CommandLine[0] != "/bin/sh")
            {
                Started.SetResult();
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }

            return await _real.RunAsync(command, cancellationToken);
        }
    }

    private async Task<Toolchain> DescribeAsync() => await _cache.GetAsync(_variables.Complete(Job()));

    private string Script(string text)
    {
        File.WriteAllText(Path.Combine(_folder, "script"), text);
        Shell("cat script >gcc; chmod +x gcc");
        return Path.Combine(_folder, "gcc");
    }

    /// <summary>Makes programs in another process: a child of this one might hold them open for writing when they are to be executed.</summary>
    private void Shell(string command)
    {
        using Process shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-ec", command]) { WorkingDirectory = _folder })!;
        shell.WaitForExit();
        Assert.Equal(0, shell.ExitCode);
    }

    private Script? Parse(string text) => IceCream.Toolchains.Wrappers.Script.Read(Script(text));

    private CompileJob Job() => new()
    {
        CommandLine = ["gcc", "-c", "a.c"],
        Compiler = Path.Combine(_folder, "gcc"),
        WorkingDirectory = _folder,
        Environment = ["PATH=/usr/bin:/bin"],
        Invocation = CommandLineReader.Read(["gcc", "-c", "a.c"], CompilerFamily.Gcc, _folder, static _ => null).Invocation,
    };
}
