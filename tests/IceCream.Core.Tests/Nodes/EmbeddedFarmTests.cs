using System.Collections.Immutable;
using System.Diagnostics;
using System.Text;
using IceCream.Execution;
using IceCream.Jobs;
using IceCream.Nodes;
using IceCream.Toolchains;
using Xunit;

namespace IceCream.Tests.Nodes;

/// <summary>A whole farm in memory compiles real sources by real compilers in real sandboxes.</summary>
public sealed class EmbeddedFarmTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("icecream-test-").FullName;

    private string Source => Path.Combine(_folder, "src");

    public EmbeddedFarmTests() => Directory.CreateDirectory(Source);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("gcc", "a.c")]
    [InlineData("g++", "a.cc")]
    [InlineData("c++", "a.cc")]
    [InlineData("clang++", "a.cc")]
    public async Task A_source_is_compiled_on_a_worker_with_the_bytes_of_home(string compiler, string name)
    {
        Write("lib/part.h", "#pragma once\nint part(int x);\n");
        Write(name, "#include <stdio.h>\n#include \"lib/part.h\"\nint unused(int n) { int y; printf(\"%d\", n); return part(n); }\n");
        ImmutableArray<string> command = [compiler, "-O0", "-g", "-Wall", "-MD", "-c", name, "-o", "out.o"];
        await using EmbeddedFarm farm = await StartAsync();

        CompileResult result = await CompileAsync(farm, command);

        Assert.Null(result.Failure);
        Assert.Null(result.LocalOnly);
        Assert.Equal((JobPlace.Remote, 0), (result.Place, result.ExitCode));
        byte[] remote = File.ReadAllBytes(Path.Combine(Source, "out.o"));
        string depfile = File.ReadAllText(Path.Combine(Source, "out.d"));
        string errors = AtHome(command);
        Assert.Equal(File.ReadAllBytes(Path.Combine(Source, "out.o")), remote);
        Assert.Equal(File.ReadAllText(Path.Combine(Source, "out.d")), depfile);
        Assert.Equal(errors, Encoding.UTF8.GetString(result.StandardError.Span));
        Assert.Equal(1, farm.Describe().Remote);
    }

    [Fact]
    public async Task Many_jobs_at_once_are_shared_by_the_workers()
    {
        for (int i = 0; i < 24; i++)
        {
            Write($"f{i}.c", $"#include <stdlib.h>\nint f{i}(void) {{ return abs({i}); }}\n");
        }

        await using EmbeddedFarm farm = await StartAsync(workers: 3);
        CompileResult[] results = await Task.WhenAll(Enumerable.Range(0, 24).Select(i => CompileAsync(farm, ["gcc", "-c", $"f{i}.c"])));

        Assert.All(results, result => Assert.Equal((JobPlace.Remote, 0), (result.Place, result.ExitCode)));
        Assert.All(Enumerable.Range(0, 24), i => Assert.True(File.Exists(Path.Combine(Source, $"f{i}.o"))));
        Assert.Equal(3, farm.Describe().Workers.Length);
    }

    [Fact]
    public async Task What_cannot_leave_runs_here_with_its_reason()
    {
        Write("a.c", "int main(void) { return 0; }\n");
        await using EmbeddedFarm farm = await StartAsync();

        CompileResult linked = await CompileAsync(farm, ["gcc", "a.c", "-o", "program"]);
        CompileResult lost = await CompileAsync(farm, ["gcc", "-c", "a.c", "-o", "nowhere/a.o"]);

        Assert.Equal((JobPlace.Local, 0, LocalOnlyKind.NotACompile), (linked.Place, linked.ExitCode, linked.LocalOnly?.Kind));
        Assert.True(File.Exists(Path.Combine(Source, "program")));
        Assert.Equal((JobPlace.Local, 1, LocalOnlyKind.Output), (lost.Place, lost.ExitCode, lost.LocalOnly?.Kind));
        Assert.Contains("nowhere/a.o", Encoding.UTF8.GetString(lost.StandardError.Span), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_source_that_is_wrong_fails_in_the_words_of_home()
    {
        Write("bad.c", "int x = ;\n");
        await using EmbeddedFarm farm = await StartAsync();
        CompileResult result = await CompileAsync(farm, ["gcc", "-c", "bad.c"]);

        Assert.Equal((JobPlace.Remote, 1), (result.Place, result.ExitCode));
        Assert.Equal(AtHome(["gcc", "-c", "bad.c"]), Encoding.UTF8.GetString(result.StandardError.Span));
    }

    [Theory]
    [InlineData("gcc")]
    [InlineData("clang")]
    public async Task Words_for_a_terminal_are_coloured_and_the_object_is_that_of_home(string compiler)
    {
        Write("a.c", "int f(void) { int unused; return 0; }\n");
        ImmutableArray<string> command = [compiler, "-g", "-Wall", "-c", "a.c"];
        await using EmbeddedFarm farm = await StartAsync();
        CompileResult result = await CompileAsync(farm, command, isTerminal: true);
        byte[] remote = File.ReadAllBytes(Path.Combine(Source, "a.o"));

        Assert.Equal((JobPlace.Remote, 0), (result.Place, result.ExitCode));
        Assert.Equal(AtHome([.. command, "-fdiagnostics-color=always"]), Encoding.UTF8.GetString(result.StandardError.Span));
        AtHome(command);
        Assert.Equal(File.ReadAllBytes(Path.Combine(Source, "a.o")), remote);
    }

    [Fact]
    public async Task A_worker_that_fails_at_every_job_leaves_the_build_whole()
    {
        Write("a.c", "int x;\n");
        var broken = new Broken();
        await using EmbeddedFarm farm = await EmbeddedFarm.StartAsync(
            new EmbeddedFarmOptions { StateDirectory = Path.Combine(_folder, "state"), Workers = 3 }, new NodeServices { Compiler = broken });
        CompileResult result = await CompileAsync(farm, ["gcc", "-c", "a.c"]);

        Assert.Equal((JobPlace.Local, 0, LocalOnlyKind.FarmFailure), (result.Place, result.ExitCode, result.LocalOnly?.Kind));
        Assert.Equal(3, broken.Tried.Distinct().Count());
        Assert.True(File.Exists(Path.Combine(Source, "a.o")));
    }

    [Fact]
    public async Task Where_remote_is_demanded_a_farm_that_fails_is_an_error()
    {
        Write("a.c", "int x;\n");
        await using EmbeddedFarm farm = await EmbeddedFarm.StartAsync(
            new EmbeddedFarmOptions { StateDirectory = Path.Combine(_folder, "state") }, new NodeServices { Compiler = new Broken() });
        CompileResult result = await CompileAsync(farm, ["gcc", "-c", "a.c"], JobMode.Remote);

        Assert.Equal(JobPlace.Failed, result.Place);
        Assert.Contains("broken", result.Failure?.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(Source, "a.o")));
    }

    private ValueTask<EmbeddedFarm> StartAsync(int workers = 1) =>
        EmbeddedFarm.StartAsync(new EmbeddedFarmOptions { StateDirectory = Path.Combine(_folder, "state"), Workers = workers });

    private async Task<CompileResult> CompileAsync(EmbeddedFarm farm, ImmutableArray<string> command, JobMode mode = JobMode.Auto, bool isTerminal = false)
    {
        string path = Environment.GetEnvironmentVariable("PATH")!;
        return await farm.ExecuteAsync(new CompileJob
        {
            CommandLine = command,
            Compiler = CompilerLocator.Find(command[0], path, Source, new HashSet<string>())!,
            WorkingDirectory = Source,
            Environment = ["PATH=" + path, "PWD=" + Source, "TERM=xterm"],
            Mode = mode,
            IsTerminal = isTerminal,
        }).AsTask().WaitAsync(Patience);
    }

    private string AtHome(ImmutableArray<string> command)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { WorkingDirectory = Source, RedirectStandardError = true };
        string path = Environment.GetEnvironmentVariable("PATH")!;
        start.Environment.Clear();
        start.Environment["PATH"] = path;
        start.Environment["PWD"] = Source;
        using Process process = Process.Start(start)!;
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return errors;
    }

    private void Write(string name, string text)
    {
        string path = Path.Combine(Source, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    private sealed class Broken : IJobExecutor
    {
        public List<string> Tried { get; } = [];

        public ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default)
        {
            lock (Tried)
            {
                Tried.Add($"try {Tried.Count}");
            }

            return ValueTask.FromResult(CompileResult.Failed(
                new JobFailure(FailedParty.Worker, JobStep.Prepare, FailureRemedy.AnotherWorker, "It is broken: broken.")));
        }
    }
}
