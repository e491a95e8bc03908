using IceCream.Clients;
using IceCream.Jobs;
using IceCream.Nodes;
using Xunit;

namespace IceCream.Tests.Nodes;

/// <summary>What happens to a job is told to whoever watches: at its agent, at the scheduler, and over the wire.</summary>
public sealed class JobEventTests : MemoryFarm
{
    [Fact]
    public async Task A_remote_job_is_told_step_by_step_to_all_who_watch()
    {
        await StartWorkerAsync("w1", Compiler.Writing("object"));
        DaemonNode agent = await StartAgentAsync();
        using var patience = new CancellationTokenSource(Patience);
        var isHeard = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<List<JobEvent>>[] watches =
        [
            CollectAsync(agent.WatchJobsAsync(patience.Token)),
            CollectAsync(Scheduler!.WatchJobsAsync(patience.Token)),
            CollectAsync(FarmMonitor.WatchJobsAsync(Transport, FarmAddress.Memory("scheduler"), "", patience.Token), isHeard),
        ];
        await isHeard.Task.WaitAsync(Patience);
        CompileResult result = await agent.ExecuteAsync(Job("gcc", "-c", "a.c"));
        Assert.Equal(JobPlace.Remote, result.Place);
        foreach (List<JobEvent> heard in await Task.WhenAll(watches))
        {
            JobFinished finished = heard.OfType<JobFinished>().Single();
            Assert.Equal(("a.c", Folder, "w1", JobPlace.Remote, 0), (finished.Record.Subject, finished.Record.Directory, finished.Record.Worker, finished.Record.Place, finished.Record.ExitCode));
            Assert.Equal(("ada", "ada@desk"), (finished.User, finished.Job.Agent));
            Assert.Contains(finished.Record.Timeline.Stretches, static stretch => stretch.Step == JobStep.Lease);
            Assert.Contains(heard, each => each is JobStepBegun { Step: JobStep.Send, Worker: "w1" } step && step.Job == finished.Job);
        }
    }

    [Fact]
    public async Task A_job_that_stays_is_told_with_its_reason()
    {
        DaemonNode agent = await StartAsync(Options("desk") with { Socket = Socket, Scheduler = FarmAddress.Memory("scheduler") }, new NodeServices());
        using var patience = new CancellationTokenSource(Patience);
        Task<List<JobEvent>> watch = CollectAsync(Scheduler!.WatchJobsAsync(patience.Token));
        await agent.ExecuteAsync(Job("gcc", "-E", "a.c"));
        List<JobEvent> heard = await watch;
        JobRecord record = heard.OfType<JobFinished>().Single().Record;
        Assert.Equal((JobPlace.Local, LocalOnlyKind.PreprocessOnly), (record.Place, record.Kind));
        Assert.NotEmpty(record.Reason);
        Assert.Contains(heard, static each => each is JobBegun or JobFinished);
    }

    [Fact]
    public async Task A_job_under_way_is_told_to_a_scheduler_that_starts_anew_and_forgotten_with_its_agent()
    {
        var endless = new Endless();
        await StartWorkerAsync("w1", endless);
        DaemonNode agent = await StartAgentAsync();
        using var leaving = new CancellationTokenSource();
        Task job = agent.ExecuteAsync(Job("gcc", "-c", "a.c"), leaving.Token).AsTask();
        await endless.Started.Task.WaitAsync(Patience);
        await Scheduler!.DisposeAsync();
        await StartSchedulerAsync();
        using var patience = new CancellationTokenSource(Patience);
        Task forgotten = UntilAsync(Scheduler!.WatchJobsAsync(patience.Token), static happened => happened is JobsForgotten { Agent: "ada@desk" }, after: static happened => happened is JobStepBegun { Worker: "w1" });
        await UntilAsync(Scheduler.WatchJobsAsync(patience.Token), static happened => happened is JobStepBegun { Worker: "w1" });
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => job);
        await agent.DisposeAsync();
        await forgotten;
    }

    /// <summary>All that is told until a job has ended.</summary>
    private static async Task<List<JobEvent>> CollectAsync(IAsyncEnumerable<JobEvent> events, TaskCompletionSource? isHeard = null)
    {
        var heard = new List<JobEvent>();
        await foreach (JobEvent happened in events)
        {
            isHeard?.TrySetResult();
            heard.Add(happened);
            if (happened is JobFinished)
            {
                break;
            }
        }

        return heard;
    }

    private static async Task UntilAsync(IAsyncEnumerable<JobEvent> events, Func<JobEvent, bool> wanted, Func<JobEvent, bool>? after = null)
    {
        bool isOpen = after is null;
        await foreach (JobEvent happened in events)
        {
            if (isOpen && wanted(happened))
            {
                return;
            }

            isOpen |= after is not null && after(happened);
        }

        Assert.Fail("It was never told.");
    }
}
