using System.Collections.Concurrent;
using IceCream.Clients;
using IceCream.Jobs;
using IceCream.Nodes;
using Xunit;

namespace IceCream.Tests.Nodes;

/// <summary>What agents, workers and scheduler tell one another about jobs, in a farm whose compiler is a stand-in.</summary>
public sealed class LearningFarmTests : MemoryFarm
{
    private const long Gigabyte = 1L << 30;

    [Fact]
    public async Task A_compile_that_needs_more_memory_than_most_workers_have_is_killed_once_and_then_goes_where_it_fits()
    {
        const long Needs = 3 * Gigabyte;
        var runs = new ConcurrentQueue<(string Worker, string Output)>();
        foreach ((string name, long memory) in new[] { ("a1", Gigabyte), ("b2", 2 * Gigabyte), ("c8", 8 * Gigabyte) })
        {
            await StartAsync(
                Options(name) with { Listen = FarmAddress.Memory(name), Slots = 1, Memory = memory },
                new NodeServices
                {
                    Compiler = new Compiler((job, _) =>
                    {
                        runs.Enqueue((name, job.Outputs[0].Path));
                        return Task.FromResult(memory < Needs
                            ? CompileResult.Failed(new JobFailure(FailedParty.Worker, JobStep.Compile, FailureRemedy.MoreMemory, "It was killed."))
                            : Compiler.Written(job, "object") with { Usage = new JobUsage(default, TimeSpan.FromSeconds(1), Needs) });
                    }),
                });
        }

        DaemonNode agent = await StartAgentAsync();
        CompileResult first = await agent.ExecuteAsync(Job("gcc", "-c", "a.c", "-o", "a.o")).AsTask().WaitAsync(Patience);
        Assert.Equal((JobPlace.Remote, "c8"), (first.Place, first.Worker));
        Assert.InRange(runs.Count, 1, 2);

        runs.Clear();
        CompileResult second = await agent.ExecuteAsync(Job("gcc", "-c", "a.c", "-o", "a.o")).AsTask().WaitAsync(Patience);
        Assert.Equal((JobPlace.Remote, "c8"), (second.Place, second.Worker));
        Assert.Single(runs);
        Assert.InRange(second.Placement!.PeakMemory, Needs, 4 * Gigabyte);
    }

    [Fact]
    public async Task A_compile_that_no_worker_has_the_memory_for_is_done_at_home_with_that_as_its_reason()
    {
        await StartAsync(
            Options("blade") with { Listen = FarmAddress.Memory("blade"), Slots = 1, Memory = Gigabyte },
            new NodeServices
            {
                Compiler = new Compiler((_, _) => Task.FromResult(
                    CompileResult.Failed(new JobFailure(FailedParty.Worker, JobStep.Compile, FailureRemedy.MoreMemory, "It was killed.")))),
            });
        DaemonNode agent = await StartAgentAsync();
        CompileResult result = await agent.ExecuteAsync(Job("gcc", "-c", "a.c", "-o", "a.o")).AsTask().WaitAsync(Patience);

        Assert.Equal((JobPlace.Local, 0), (result.Place, result.ExitCode));
        Assert.Contains("It was killed", result.LocalOnly!.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Scheduler!.Describe().Nodes, static node => node.State == "quarantined");
    }

    [Fact]
    public async Task A_worker_that_fails_at_what_others_do_is_quarantined_and_the_build_goes_on()
    {
        await StartWorkerAsync("bad", new Compiler((_, _) => Task.FromResult(
            CompileResult.Failed(new JobFailure(FailedParty.Worker, JobStep.Compile, FailureRemedy.AnotherWorker, "Its disk is broken.")))), slots: 8);
        await StartWorkerAsync("good", Compiler.Writing("object"), slots: 8);
        DaemonNode agent = await StartAgentAsync();
        for (int round = 0; round < 10 && !IsQuarantined(); round++)
        {
            CompileResult[] results = await Task.WhenAll(Enumerable.Range(0, 16).Select(
                n => agent.ExecuteAsync(Job("gcc", "-c", "a.c", "-o", $"{n}.o")).AsTask())).WaitAsync(Patience);
            Assert.All(results, static result => Assert.Equal(0, result.ExitCode));
            Assert.Contains(results, static result => result.Worker == "good");
            Assert.DoesNotContain(results, static result => result.Worker == "bad");
        }

        Assert.True(await UntilAsync(IsQuarantined), "It is not set aside.");
        Assert.Contains("own fault", Scheduler!.Describe().Nodes.Single(static node => node.Name == "bad").Remark, StringComparison.Ordinal);

        bool IsQuarantined() => Scheduler!.Describe().Nodes.Single(static node => node.Name == "bad").State == "quarantined";
    }

    [Fact]
    public async Task A_worker_is_drained_through_the_scheduler_and_takes_jobs_again_when_it_may()
    {
        await StartWorkerAsync("blade", Compiler.Writing("object"), slots: 1);
        DaemonNode agent = await StartAgentAsync();
        FarmAddress scheduler = FarmAddress.Memory("scheduler");
        Assert.True(await FarmMonitor.DrainAsync(Transport, scheduler, "", "blade", "a new disk", default));
        Assert.False(await FarmMonitor.DrainAsync(Transport, scheduler, "", "nobody", "", default));
        FarmStatus status = await FarmMonitor.GetStatusAsync(Transport, scheduler, "");
        Assert.Equal(("drained", "a new disk"), (status.Nodes.Single(static node => node.Name == "blade").State, status.Nodes.Single(static node => node.Name == "blade").Remark));
        Assert.True(await UntilAsync(() => agent.ReasonToStay is not null), "The agent does not learn that there is no slot.");
        CompileResult here = await agent.ExecuteAsync(Job("gcc", "-c", "a.c", "-o", "a.o")).AsTask().WaitAsync(Patience);
        Assert.Equal(JobPlace.Local, here.Place);

        Assert.True(await FarmMonitor.DrainAsync(Transport, scheduler, "", "blade", null, default));
        Assert.True(await agent.AwaitFarmAsync(Patience));
        CompileResult away = await agent.ExecuteAsync(Job("gcc", "-c", "a.c", "-o", "a.o")).AsTask().WaitAsync(Patience);
        Assert.Equal((JobPlace.Remote, "blade"), (away.Place, away.Worker));
    }

    [Fact]
    public async Task The_scheduler_learns_from_its_workers_and_still_knows_it_after_a_restart()
    {
        string state = Path.Combine(Folder, "scheduler");
        var address = FarmAddress.Memory("remembering");
        await using (SchedulerNode scheduler = await StartAsync())
        {
            Task StartWorkerAsync(string name, double seconds) => this.StartAsync(
                Options(name) with { Scheduler = address, Listen = FarmAddress.Memory(name), Slots = 1 },
                new NodeServices
                {
                    Compiler = new Compiler((job, _) => Task.FromResult(
                        Compiler.Written(job, "object") with { Usage = new JobUsage(default, TimeSpan.FromSeconds(seconds), 1 << 20) })),
                });

            await StartWorkerAsync("fast", 1);
            await StartWorkerAsync("slow", 8);
            DaemonNode agent = await this.StartAsync(Options("desk") with { Scheduler = address, Socket = Socket }, new NodeServices { Toolchains = new Tools() });
            Assert.True(await agent.AwaitFarmAsync(Patience));
            for (int i = 0; i < 12; i++)
            {
                await Task.WhenAll(Enumerable.Range(0, 4).Select(n => agent.ExecuteAsync(Job("gcc", "-c", "a.c", "-o", $"{n}.o")).AsTask())).WaitAsync(Patience);
            }

            Assert.True(await UntilAsync(() => Ratio(scheduler.Describe()) > 2), "The slow one is not known.");
        }

        await using SchedulerNode again = await StartAsync();
        Assert.True(await UntilAsync(() => again.Describe().Nodes.Count(static node => node.Slots > 0) == 2), "The workers do not come back.");
        Assert.True(Ratio(again.Describe()) > 2, "What was learned is forgotten.");

        async Task<SchedulerNode> StartAsync()
        {
            var node = new SchedulerNode(new SchedulerNodeOptions { Listen = address, StateDirectory = state }, new NodeServices { Transport = Transport });
            await node.StartAsync();
            return node;
        }

        static double Ratio(FarmStatus status) =>
            status.Nodes.Single(static node => node.Name == "fast").Speed / status.Nodes.Single(static node => node.Name == "slow").Speed;
    }

    [Fact]
    public async Task A_damaged_file_is_told_and_the_scheduler_begins_anew()
    {
        string state = Directory.CreateDirectory(Path.Combine(Folder, "scheduler")).FullName;
        await File.WriteAllTextAsync(Path.Combine(state, "learned"), "icecream farm 1\n and then nothing of use, for sixty-four bytes and a few more");
        var log = new LogBook();
        await using var node = new SchedulerNode(new SchedulerNodeOptions { Listen = FarmAddress.Memory("torn"), StateDirectory = state }, new NodeServices { Transport = Transport, Loggers = log });
        Assert.Contains(log.Entries, static entry => entry.Event == Diagnostics.EventIds.LearnedIgnored);
    }

    [Fact]
    public async Task With_a_standby_no_job_is_lost_when_the_first_scheduler_dies_and_all_go_back_when_it_returns()
    {
        FarmAddress first = FarmAddress.Memory("first"), second = FarmAddress.Memory("second");
        SchedulerNode dying = await StartSchedulerAsync(first);
        await using SchedulerNode standby = await StartSchedulerAsync(second);
        DaemonNodeOptions WithBoth(string name) => Options(name) with { Scheduler = first, Standbys = [second], AskEarlierEvery = TimeSpan.FromMilliseconds(200) };
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await StartAsync(WithBoth("blade") with { Listen = FarmAddress.Memory("blade"), Slots = 2 }, new NodeServices
        {
            Compiler = new Compiler(async (job, cancellationToken) =>
            {
                started.TrySetResult();
                await release.Task.WaitAsync(cancellationToken);
                return Compiler.Written(job, "object");
            }),
        });
        DaemonNode agent = await StartAsync(WithBoth("desk") with { Socket = Socket }, new NodeServices { Toolchains = new Tools() });
        Assert.True(await agent.AwaitFarmAsync(Patience));
        Task<CompileResult> underWay = agent.ExecuteAsync(Job("gcc", "-c", "a.c", "-o", "a.o")).AsTask();
        await started.Task.WaitAsync(Patience);

        await dying.DisposeAsync();
        Assert.True(await UntilAsync(() => IsComplete(standby)), "The nodes do not come to the standby.");
        release.SetResult();
        Assert.Equal(JobPlace.Remote, (await underWay.WaitAsync(Patience)).Place);
        Assert.True(await agent.AwaitFarmAsync(Patience));
        Assert.Equal(JobPlace.Remote, (await agent.ExecuteAsync(Job("gcc", "-c", "a.c", "-o", "b.o")).AsTask().WaitAsync(Patience)).Place);

        await using SchedulerNode returned = await StartSchedulerAsync(first);
        Assert.True(await UntilAsync(() => IsComplete(returned)), "The nodes do not go back.");
        Assert.True(await UntilAsync(() => standby.Describe().Nodes.IsEmpty), "Some are left at the standby.");

        static bool IsComplete(SchedulerNode node) => node.Describe().Nodes is { Length: 2 } nodes && nodes.Any(static found => found.Slots == 2);

        async Task<SchedulerNode> StartSchedulerAsync(FarmAddress address)
        {
            var node = new SchedulerNode(new SchedulerNodeOptions { Listen = address }, new NodeServices { Transport = Transport });
            await node.StartAsync();
            return node;
        }
    }

    private static async Task<bool> UntilAsync(Func<bool> holds)
    {
        long since = TimeProvider.System.GetTimestamp();
        while (!holds())
        {
            if (TimeProvider.System.GetElapsedTime(since) > Patience)
            {
                return false;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }

        return true;
    }
}
