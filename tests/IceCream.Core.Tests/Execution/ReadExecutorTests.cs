using IceCream.Execution;
using IceCream.Jobs;
using IceCream.Processes;
using IceCream.Toolchains;
using IceCream.Toolchains.Wrappers;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace IceCream.Tests.Execution;

/// <summary>What is found out of a command before anything is done with it: what it means, where it writes, and why it may have to stay.</summary>
public sealed class ReadExecutorTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("icecream-test-");
    private readonly Probe _probe = new();
    private readonly Next _next = new();
    private readonly FakeTimeProvider _time = new();

    public ReadExecutorTests() => File.WriteAllText(At("a.c"), "int a;");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_compile_goes_on_with_its_meaning_and_its_outputs()
    {
        File.WriteAllText(At("a.o"), "");
        File.WriteAllText(At("a.d"), "a.o: a.c");
        CompileJob read = await ReadAsync("gcc", "-c", "a.c", "-MD");

        Assert.Null(read.LocalOnly);
        Assert.Equal("a.c", read.Invocation!.Source);
        Assert.Equal([new JobOutput(At("a.o"), true, true), new JobOutput(At("a.d"), true)], read.Outputs.OrderByDescending(static output => output.Path));
        Assert.Equal([JobStep.Read], read.Timeline.Stretches.Select(static stretch => stretch.Step));
    }

    [Fact]
    public async Task What_stays_already_is_not_read()
    {
        var reason = new LocalOnlyReason(LocalOnlyKind.OtherFiles, "another root");
        CompileJob read = await ReadAsync(JobOf("nobody-knows-cc", "-c", "a.c") with { LocalOnly = reason });

        Assert.Same(reason, read.LocalOnly);
        Assert.Equal((null, 0), (read.Invocation, _probe.Asked));
    }

    [Theory]
    [InlineData("ld", "-o a a.o", LocalOnlyKind.UnknownCompiler)]
    [InlineData("gcc", "-E a.c", LocalOnlyKind.PreprocessOnly)]
    [InlineData("gcc", "a.o -o a", LocalOnlyKind.NotACompile)]
    [InlineData("gcc", "-c -x c /dev/null -o a.o", LocalOnlyKind.NotACompile)]
    [InlineData("gcc", "-c missing.c", LocalOnlyKind.Inputs)]
    [InlineData("gcc", "-c a.c -o missing/a.o", LocalOnlyKind.Output)]
    [InlineData("gcc", "-c a.c -o missing/../a.o", LocalOnlyKind.Output)]
    [InlineData("gcc", "-c a.c -o /a.o", LocalOnlyKind.Output)]
    public async Task What_cannot_leave_says_why(string compiler, string arguments, LocalOnlyKind kind)
    {
        CompileJob read = await ReadAsync([compiler, .. arguments.Split(' ')]);
        Assert.Equal(kind, read.LocalOnly?.Kind);
        Assert.Empty(read.Outputs);
    }

    [Fact]
    public async Task A_compiler_that_does_not_answer_is_unknown_and_asked_again_by_the_next_command()
    {
        // Its name tells nothing, and nor does where its links lead.
        File.WriteAllText(At("cc"), "");
        CompileJob job = JobOf("cc", "-c", "a.c") with { Compiler = At("cc") };
        _probe.Failure = new IOException("It cannot be started.");
        CompileJob read = await ReadAsync(job);
        Assert.Equal(LocalOnlyKind.UnknownCompiler, read.LocalOnly?.Kind);
        Assert.Contains("It cannot be started.", read.LocalOnly!.Effect, StringComparison.Ordinal);

        await ReadAsync(job);
        Assert.Equal(2, _probe.Asked);
    }

    [Fact]
    public async Task Outputs_that_the_compiler_itself_knows_best_how_to_write_stay()
    {
        File.CreateSymbolicLink(At("link.o"), At("elsewhere.o"));
        Directory.CreateDirectory(At("folder.o"));
        File.WriteAllText(At("kept.o"), "");
        File.SetUnixFileMode(At("kept.o"), UnixFileMode.UserRead);
        foreach ((string name, string why) in new[] { ("link.o", "is a symbolic link"), ("folder.o", "is no regular file"), ("kept.o", "is read-only") })
        {
            CompileJob read = await ReadAsync("gcc", "-c", "a.c", "-o", name);
            Assert.Equal((LocalOnlyKind.Output, $"{name} {why}"), (read.LocalOnly?.Kind, read.LocalOnly?.Detail));
        }
    }

    [Fact]
    public async Task A_way_up_leads_where_its_text_says_or_the_job_stays()
    {
        Directory.CreateDirectory(At("out/deep"));
        Directory.CreateDirectory(At("other"));
        Directory.CreateSymbolicLink(At("link"), At("out/deep"));

        CompileJob plain = await ReadAsync("gcc", "-c", "a.c", "-o", "out/../a.o");
        Assert.Equal(At("a.o"), plain.Outputs.Single().Path);
        Assert.Contains(At("out/.."), plain.Invocation!.NamedDirectories);

        CompileJob behind = await ReadAsync("gcc", "-c", "a.c", "-o", "link/../a.o");
        Assert.Equal("link/../a.o goes up from behind a symbolic link", behind.LocalOnly?.Detail);
    }

    [Fact]
    public async Task What_a_pipe_gives_it_gives_to_the_compiler()
    {
        Assert.Equal(0, MakePipe(At("pipe.c")));
        CompileJob read = await ReadAsync("gcc", "-c", "pipe.c");
        Assert.Equal(LocalOnlyKind.Stream, read.LocalOnly?.Kind);
    }

    [Fact]
    public async Task A_mask_that_takes_the_owners_rights_stays()
    {
        CompileJob read = await ReadAsync(JobOf("gcc", "-c", "a.c") with { Umask = 0b110_000_000 });
        Assert.Equal((LocalOnlyKind.LocalFlag, "umask 0600"), (read.LocalOnly?.Kind, read.LocalOnly?.Detail));
    }

    [Fact]
    public async Task A_file_of_arguments_is_read()
    {
        File.WriteAllText(At("args"), "-c a.c\n-o b.o");
        CompileJob read = await ReadAsync("gcc", "@args");
        Assert.Equal(At("b.o"), read.Outputs.Single().Path);
    }

    [Fact]
    public async Task Whoever_leaves_meanwhile_is_not_read_to_the_end()
    {
        File.WriteAllText(At("cc"), "");
        _probe.Answer = new TaskCompletionSource<ProbeAnswer>().Task;
        using var leaving = new CancellationTokenSource();
        Task<CompileJob> reading = ReadAsync(JobOf("cc", "-c", "a.c") with { Compiler = At("cc") }, leaving.Token);
        await _probe.Called.Task.WaitAsync(TimeSpan.FromSeconds(60));
        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        Assert.Null(_next.Job);
    }

    private static int MakePipe(string path)
    {
        using var made = System.Diagnostics.Process.Start("mkfifo", [path]);
        made.WaitForExit();
        return made.ExitCode;
    }

    private string At(string name) => Path.Combine(_folder.FullName, name);

    private Task<CompileJob> ReadAsync(params string[] command) => ReadAsync(JobOf(command));

    private async Task<CompileJob> ReadAsync(CompileJob job, CancellationToken cancellationToken = default)
    {
        var executor = new ReadExecutor(_next, new CompilerFamilies(_probe), new WrapperVariables(), _time);
        await executor.ExecuteAsync(job, cancellationToken);
        return _next.Job!;
    }

    private CompileJob JobOf(params string[] command) => new()
    {
        CommandLine = [.. command],
        Compiler = "/usr/bin/" + command[0],
        WorkingDirectory = _folder.FullName,
    };

    private sealed class Next : IJobExecutor
    {
        public CompileJob? Job { get; private set; }

        public ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default)
        {
            Job = job;
            return ValueTask.FromResult(new CompileResult { Place = JobPlace.Remote });
        }
    }

    private sealed class Probe : ICompilerProbe
    {
        private int _asked;

        public int Asked => Volatile.Read(ref _asked);

        public IOException? Failure { get; set; }

        public Task<ProbeAnswer>? Answer { get; set; }

        public TaskCompletionSource Called { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async ValueTask<ProbeAnswer> AskAsync(
            string compiler, IReadOnlyList<string> arguments, string workingDirectory, IReadOnlyList<string> environment, CancellationToken cancellationToken = default)
        {
            Interlocked.Increment(ref _asked);
            Called.TrySetResult();
            return Failure is not null ? throw Failure : await Answer!;
        }
    }
}
