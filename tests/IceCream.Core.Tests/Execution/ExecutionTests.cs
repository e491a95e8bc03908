using IceCream.Execution;
using IceCream.Execution.History;
using IceCream.Execution.Local;
using IceCream.Jobs;
using IceCream.Monitoring;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace IceCream.Tests.Execution;

[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class ExecutionTests
{
    private static readonly CompileJob Job = new() { CommandLine = ["gcc", "-c", "a.c"], Compiler = "/usr/bin/gcc", WorkingDirectory = "/" };
    private static readonly JobFailure Failure = new(FailedParty.Worker, JobStep.Compile, FailureRemedy.AnotherWorker, "gone");

    [Fact]
    public async Task A_failure_of_the_farm_is_compiled_here_with_its_reason()
    {
        CompileResult result = await Run(Job, CompileResult.Failed(Failure));
        Assert.Equal((JobPlace.Local, LocalOnlyKind.FarmFailure), (result.Place, result.LocalOnly!.Kind));
    }

    [Fact]
    public async Task A_failure_of_the_farm_is_told_when_the_user_wants_the_farm() =>
        Assert.Same(Failure, (await Run(Job with { Mode = JobMode.Remote }, CompileResult.Failed(Failure))).Failure);

    [Theory]
    [InlineData(1, 0, true, null, null, JobPlace.Remote)]
    [InlineData(1, 0, false, null, null, JobPlace.Local)]
    [InlineData(1, 0, true, "it looked for more than can be recorded", null, JobPlace.Local)]
    [InlineData(1, 0, true, null, "signal 9 ended a program of it", JobPlace.Local)]
    [InlineData(4, 0, true, null, null, JobPlace.Local)]
    [InlineData(139, 11, true, null, null, JobPlace.Local)]
    [InlineData(0, 0, false, null, null, JobPlace.Remote)]
    public async Task A_remote_failure_is_confirmed_here_unless_its_record_proves_it(
        int exitCode, int signal, bool seen, string? gap, string? trouble, JobPlace place)
    {
        var remote = new CompileResult
        {
            Place = JobPlace.Remote,
            ExitCode = exitCode,
            Signal = signal,
            StandardError = "a.c:1:2: Fehler: kein Platz"u8.ToArray(),
            Lookups = seen ? ObservedLookups.Clean with { Gap = gap, Trouble = trouble } : null,
        };
        Assert.Equal(place, (await Run(Job, remote)).Place);
    }

    [Theory]
    [InlineData("gcc -S a.c -o -", LocalOnlyKind.Output, LocalSlotClass.Stream)]
    [InlineData("gcc -S a.c -o/dev/stdout", LocalOnlyKind.Output, LocalSlotClass.Stream)]
    [InlineData("gcc -c -x c -", LocalOnlyKind.StandardInput, LocalSlotClass.Stream)]
    [InlineData("gcc -weird -c -x c - -o a.o", LocalOnlyKind.UnknownFlag, LocalSlotClass.Stream)]
    [InlineData("gcc -E a.c", LocalOnlyKind.PreprocessOnly, LocalSlotClass.Stream)]
    [InlineData("gcc -E a.c -o a.i", LocalOnlyKind.PreprocessOnly, LocalSlotClass.Preprocess)]
    [InlineData("gcc -c /dev/fd/63", LocalOnlyKind.FarmFailure, LocalSlotClass.Stream)]
    [InlineData("gcc @/dev/fd/63", LocalOnlyKind.ResponseFile, LocalSlotClass.Stream)]
    [InlineData("gcc @a.rsp -o link", LocalOnlyKind.ResponseFile, LocalSlotClass.Compile)]
    [InlineData("gcc -c a.c -o link", LocalOnlyKind.Output, LocalSlotClass.Compile)]
    [InlineData("gcc a.o -o a", LocalOnlyKind.NotACompile, LocalSlotClass.Link)]
    public void What_reads_from_a_pipe_or_writes_to_one_holds_no_slot(string command, LocalOnlyKind kind, object expected) => Assert.Equal(
        expected, LocalSlots.ClassOf(Job with { CommandLine = [.. command.Split(' ')], LocalOnly = new LocalOnlyReason(kind) }));

    [Fact]
    public async Task A_pipe_is_known_by_what_it_is_and_waits_for_nobody()
    {
        string folder = Directory.CreateTempSubdirectory("slots").FullName;
        await System.Diagnostics.Process.Start("mkfifo", Path.Combine(folder, "out.o")).WaitForExitAsync();
        CompileJob job = Job with { WorkingDirectory = folder, CommandLine = ["gcc", "-c", "a.c", "-o", "out.o"], LocalOnly = new LocalOnlyReason(LocalOnlyKind.Output, "out.o is no regular file") };
        var slots = new LocalSlots(1);
        Assert.Equal(LocalSlotClass.Stream, LocalSlots.ClassOf(job));
        for (int i = 0; i < 100; i++)
        {
            Assert.True(slots.AcquireAsync(LocalSlots.ClassOf(job)).AsTask().IsCompletedSuccessfully);
        }

        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_slot_goes_to_whom_asked_first_and_not_to_whom_left()
    {
        var slots = new LocalSlots(1);
        IDisposable held = await slots.AcquireAsync(LocalSlotClass.Compile);
        (await slots.AcquireAsync(LocalSlotClass.Link)).Dispose();
        using var leaving = new CancellationTokenSource();
        Task<IDisposable> left = slots.AcquireAsync(LocalSlotClass.Compile, leaving.Token).AsTask();
        Task<IDisposable> second = slots.AcquireAsync(LocalSlotClass.Compile).AsTask();
        Task<IDisposable> third = slots.AcquireAsync(LocalSlotClass.Compile).AsTask();
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        held.Dispose();
        held.Dispose();
        IDisposable next = await second;
        Assert.False(third.IsCompleted);
        next.Dispose();
        (await third).Dispose();
    }

    [Fact]
    public async Task What_is_to_run_here_is_not_sent_elsewhere_by_a_script_in_the_compilers_place()
    {
        CompileJob job = Job with { Compiler = "/bin/sh", CommandLine = ["gcc", "-c", "echo $ICECREAM_DISABLE; exit 3"], Environment = ["PATH=/usr/bin:/bin"] };
        CompileResult result = await new LocalExecutor(new LocalSlots(1), TimeProvider.System).ExecuteAsync(job);
        Assert.Equal((3, true, "1\n"), (result.ExitCode, result.IsExitKnown, System.Text.Encoding.UTF8.GetString(result.StandardOutput.Span)));
    }

    [Fact]
    public void Outputs_are_written_through_links_and_the_removed_are_gone()
    {
        string folder = Directory.CreateTempSubdirectory("ice").FullName;
        string link = Path.Combine(folder, "a.o"), target = Path.Combine(folder, "real.o"), gone = Path.Combine(folder, "a.d");
        File.CreateSymbolicLink(link, target);
        File.WriteAllText(target, "old");
        File.WriteAllText(gone, "old");
        var result = new CompileResult
        {
            Place = JobPlace.Remote, Outputs = [new OutputFile(link, 0b110_110_110, OutputContent.Of("new"u8.ToArray()))], Removed = [gone],
        };
        Assert.Null(OutputWriter.Write(result, [], 0b000_111_111, Always));
        Assert.Equal("new", File.ReadAllText(target));
        Assert.NotNull(new FileInfo(link).LinkTarget);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(target));
        Assert.False(File.Exists(gone));
        Assert.Equal(2, Directory.GetFileSystemEntries(folder).Length);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void One_output_that_cannot_be_written_leaves_the_others_as_they_were()
    {
        string folder = Directory.CreateTempSubdirectory("ice").FullName;
        string first = Path.Combine(folder, "a.o");
        var result = new CompileResult
        {
            Place = JobPlace.Remote,
            Outputs = [new OutputFile(first, 420, OutputContent.Empty), new OutputFile(Path.Combine(folder, "none", "a.d"), 420, OutputContent.Empty)],
        };
        Assert.Equal((FailedParty.Origin, JobStep.Write), (OutputWriter.Write(result, [], 0, Always)!.Party, OutputWriter.Write(result, [], 0, Always)!.Step));
        Assert.Empty(Directory.GetFileSystemEntries(folder));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Whoever_leaves_has_cancelled_the_job_and_the_farm_has_not_failed()
    {
        var history = new JobHistory(new FakeTimeProvider());
        using var metrics = new IceCream.Diagnostics.JobMetrics();
        var events = new JobEventStream(new FakeTimeProvider());
        using JobEventSubscription subscription = events.Subscribe();
        var executor = new HistoryExecutor(new Left(), history, metrics, new JobReporter(events, "ada@desk", "ada", "", new FakeTimeProvider()), new FakeTimeProvider());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => executor.ExecuteAsync(Job).AsTask());
        Assert.Equal([typeof(JobsForgotten), typeof(JobBegun), typeof(JobFinished)], subscription.Take().Select(static happened => happened.GetType()));
        JobStatistics statistics = history.Read();
        Assert.Equal((1, 0, 0), (statistics.Cancelled, statistics.Failed, statistics.Compiles));
        Assert.Equal((JobPlace.Cancelled, (int?)null, "a.c"), (statistics.Recent[0].Place, statistics.Recent[0].ExitCode, statistics.Recent[0].Subject));
    }

    [Fact]
    public void The_ledger_tells_compiles_from_questions_and_counts_those_of_one_flag_together()
    {
        var history = new JobHistory(new FakeTimeProvider());
        foreach (string value in (string[])["a", "b"])
        {
            Stay("gcc -c a.c -o a.o", new LocalOnlyReason(LocalOnlyKind.LocalFlag, $"-fplugin={value}") { Effect = "loads a plugin" });
        }

        Stay("gcc --version", new LocalOnlyReason(LocalOnlyKind.NotACompile, "--version") { Effect = "asks" });
        Stay("gcc a.o -o program", new LocalOnlyReason(LocalOnlyKind.NotACompile));
        history.Enter(Job, new CompileResult { Place = JobPlace.Remote, Worker = "w" }, TimeSpan.Zero);

        JobStatistics statistics = history.Read();
        Assert.Equal((3, 1, 1), (statistics.Compiles, statistics.CompilesAway, statistics.Questions));
        Assert.Equal(
            [
                new StayCount(CommandPurpose.Compile, LocalOnlyKind.LocalFlag, "-fplugin=b loads a plugin", 2),
                new StayCount(CommandPurpose.Question, LocalOnlyKind.NotACompile, "--version asks", 1),
                new StayCount(CommandPurpose.Other, LocalOnlyKind.NotACompile, "it makes no object of a source", 1),
            ],
            statistics.Stays.AsEnumerable());
        Assert.Equal(["a.c", "a.c", "gcc --version", "program", "a.c"], statistics.Recent.Select(static job => job.Subject));

        void Stay(string command, LocalOnlyReason reason) =>
            history.Enter(Job with { CommandLine = [.. command.Split(' ')] }, new CompileResult { Place = JobPlace.Local, LocalOnly = reason }, TimeSpan.Zero);
    }

    [Fact]
    public void Reasons_without_end_are_counted_in_rows_that_have_one()
    {
        var history = new JobHistory(new FakeTimeProvider());
        for (int i = 0; i < 1000; i++)
        {
            history.Enter(Job, new CompileResult { Place = JobPlace.Local, LocalOnly = new LocalOnlyReason(LocalOnlyKind.UnknownFlag, $"-f{i}") }, TimeSpan.Zero);
        }

        Assert.InRange(history.Read().Stays.Length, 2, 256);
        Assert.Equal(1000, history.Read().Stays.Sum(static stay => stay.Count));
    }

    [Fact]
    public void The_ledger_counts_all_and_remembers_the_latest()
    {
        var history = new JobHistory(new FakeTimeProvider());
        for (int i = 0; i <= JobHistory.Remembered; i++)
        {
            history.Enter(Job, new CompileResult { Place = JobPlace.Remote, Worker = "w", ExitCode = i }, TimeSpan.Zero);
        }

        history.Enter(Job, CompileResult.Failed(Failure), TimeSpan.Zero);
        JobStatistics statistics = history.Read();
        Assert.Equal((JobHistory.Remembered + 1, 1), (statistics.Remote, statistics.Failed));
        Assert.Equal(new NamedCount("FarmFailure", 1), Assert.Single(statistics.Reasons));
        Assert.Equal(JobHistory.Remembered, statistics.Recent.Length);
        Assert.Equal(2, statistics.Recent[0].ExitCode);
    }

    private static void Always()
    {
    }

    private static async Task<CompileResult> Run(CompileJob job, CompileResult remote) =>
        await new FallbackExecutor(new Fixed(remote), new Fixed(new CompileResult { Place = JobPlace.Local })).ExecuteAsync(job);

    private sealed class Left : IJobExecutor
    {
        public ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default) => throw new OperationCanceledException();
    }

    private sealed class Fixed(CompileResult result) : IJobExecutor
    {
        public ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default) => new(result);
    }
}
