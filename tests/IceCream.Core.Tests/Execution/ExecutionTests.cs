using IceCream.Execution;
using IceCream.Jobs;
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
    [InlineData(1, 0, "a.c:1:2: error: expected ';'", JobPlace.Remote)]
    [InlineData(1, 0, "\u001b[01m\u001b[Ka.c:1:2:\u001b[m\u001b[K \u001b[01;31m\u001b[Kerror: \u001b[m\u001b[Kbad", JobPlace.Remote)]
    [InlineData(1, 0, "a.c:1:2: fatal error: b.h: No such file or directory", JobPlace.Local)]
    [InlineData(1, 0, "a.c:1: internal compiler error: Segmentation fault", JobPlace.Local)]
    [InlineData(1, 0, "", JobPlace.Local)]
    [InlineData(139, 11, "a.c:1:2: error: expected ';'", JobPlace.Local)]
    [InlineData(0, 0, "warning", JobPlace.Remote)]
    public async Task A_remote_failure_is_confirmed_here_unless_the_source_is_proven_bad(int exitCode, int signal, string words, JobPlace place)
    {
        var remote = new CompileResult
        {
            Place = JobPlace.Remote, ExitCode = exitCode, Signal = signal, StandardError = System.Text.Encoding.UTF8.GetBytes(words),
        };
        Assert.Equal(place, (await Run(Job, remote)).Place);
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
    public void Outputs_are_written_through_links_and_the_removed_are_gone()
    {
        string folder = Directory.CreateTempSubdirectory("ice").FullName;
        string link = Path.Combine(folder, "a.o"), target = Path.Combine(folder, "real.o"), gone = Path.Combine(folder, "a.d");
        File.CreateSymbolicLink(link, target);
        File.WriteAllText(target, "old");
        File.WriteAllText(gone, "old");
        var result = new CompileResult
        {
            Place = JobPlace.Remote, Outputs = [new OutputFile(link, 0b110_110_110, "new"u8.ToArray())], Removed = [gone],
        };
        Assert.Null(OutputWriter.Write(result, 0b000_111_111));
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
            Outputs = [new OutputFile(first, 420, default), new OutputFile(Path.Combine(folder, "none", "a.d"), 420, default)],
        };
        Assert.Equal((FailedParty.Origin, JobStep.Write), (OutputWriter.Write(result, 0)!.Party, OutputWriter.Write(result, 0)!.Step));
        Assert.Empty(Directory.GetFileSystemEntries(folder));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void The_ledger_counts_all_and_remembers_the_latest()
    {
        var ledger = new JobLedger(new FakeTimeProvider());
        for (int i = 0; i <= JobLedger.Remembered; i++)
        {
            ledger.Enter(Job, new CompileResult { Place = JobPlace.Remote, Worker = "w", ExitCode = i }, TimeSpan.Zero);
        }

        ledger.Enter(Job, CompileResult.Failed(Failure), TimeSpan.Zero);
        JobStatistics statistics = ledger.Read();
        Assert.Equal((JobLedger.Remembered + 1, 1), (statistics.Remote, statistics.Failed));
        Assert.Equal(new NamedCount("FarmFailure", 1), Assert.Single(statistics.Reasons));
        Assert.Equal(JobLedger.Remembered, statistics.Recent.Length);
        Assert.Equal(2, statistics.Recent[0].ExitCode);
    }

    private static async Task<CompileResult> Run(CompileJob job, CompileResult remote) =>
        await new FallbackExecutor(new Fixed(remote), new Fixed(new CompileResult { Place = JobPlace.Local })).ExecuteAsync(job);

    private sealed class Fixed(CompileResult result) : IJobExecutor
    {
        public ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default) => new(result);
    }
}
