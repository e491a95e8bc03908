using IceCream.Jobs;
using Xunit;
using static IceCream.Tests.Execution.Remote.StandInFarm;

namespace IceCream.Tests.Execution.Remote;

/// <summary>A job's way to a worker, to another when that fails, and back.</summary>
public sealed class RemoteExecutorTests : IAsyncLifetime
{
    private readonly StandInFarm _farm = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _farm.DisposeAsync().AsTask();

    [Fact]
    public async Task A_job_is_done_by_the_worker_of_a_lease_and_says_by_whom_and_what_the_choice_was()
    {
        await _farm.AddAsync("slow", Done);
        await _farm.AddAsync("fast", static (_, _) => ValueTask.FromResult(Done), grant: false);
        _farm.Grant("fast", speed: 3);

        CompileResult result = await _farm.RunAsync();

        Assert.Equal(("fast", 0, null), (result.Worker, result.ExitCode, result.Failure));
        Assert.Equal(["fast", "slow"], result.Placement!.Options.Select(static option => option.Worker));
        Assert.Equal([JobStep.Lease, JobStep.Send], result.Timeline.Stretches.Select(static stretch => stretch.Step).Take(2));
        Assert.Empty(_farm.Broker.Returned);
    }

    [Fact]
    public async Task Where_one_worker_fails_another_does_it_and_the_first_is_told_on()
    {
        await _farm.AddAsync("good", Done);
        await _farm.AddAsync("bad", Fails(FailureRemedy.AnotherWorker));

        Assert.Equal("good", (await _farm.RunAsync()).Worker);
        Assert.Equal(["bad"], _farm.Broker.Blamed);

        // What is held of it is quarantined, though it came last.
        Assert.Equal("good", (await _farm.RunAsync()).Worker);
    }

    [Fact]
    public async Task A_job_at_which_all_fail_is_compiled_here_and_nobody_is_blamed_nor_kept_aside()
    {
        _farm.Leases.SetCapacity(3, long.MaxValue, LocalOnlyReason.NoFarm(""));
        foreach (string name in new[] { "a", "b", "c" })
        {
            await _farm.AddAsync(name, (job, _) => ValueTask.FromResult(job.User == "bad" ? Fails(FailureRemedy.AnotherWorker) : Done));
        }

        CompileResult result = await _farm.RunAsync(Job with { User = "bad" });

        Assert.Equal((FailedParty.Worker, FailureRemedy.CompileHere), (result.Failure!.Party, result.Failure.Remedy));
        Assert.Empty(_farm.Broker.Blamed);
        Assert.Null((await _farm.RunAsync()).Failure);
    }

    [Fact]
    public async Task A_worker_out_of_reach_is_passed_over_and_not_blamed_for_the_job()
    {
        await _farm.AddAsync("near", Done);
        _farm.Grant("nowhere", speed: 2);

        Assert.Equal("near", (await _farm.RunAsync()).Worker);
        Assert.Empty(_farm.Broker.Blamed);
    }

    [Fact]
    public async Task A_worker_that_sends_what_was_not_asked_for_is_blamed_whatever_the_job_is()
    {
        await _farm.AddAsync("liar", Done with { Outputs = [new OutputFile("/etc/passwd", 420, OutputContent.Of("me"u8.ToArray()))] });
        _farm.Leases.SetCapacity(1, long.MaxValue, LocalOnlyReason.NoFarm(""));
        CompileResult result = await _farm.RunAsync();

        Assert.Equal((JobStep.Receive, FailureRemedy.CompileHere), (result.Failure!.Step, result.Failure.Remedy));
        Assert.Equal(["liar"], _farm.Broker.Blamed);
    }

    [Fact]
    public async Task What_only_this_machine_can_mend_is_not_tried_on_another_worker()
    {
        int asked = 0;
        foreach (string name in new[] { "a", "b" })
        {
            await _farm.AddAsync(name, (_, _) =>
            {
                asked++;
                return ValueTask.FromResult(Fails(FailureRemedy.CompileHere));
            });
        }

        Assert.Equal(FailureRemedy.CompileHere, (await _farm.RunAsync()).Failure!.Remedy);
        Assert.Equal(1, asked);
        Assert.Empty(_farm.Broker.Blamed);
    }

    [Fact]
    public async Task A_job_that_lacked_memory_is_done_alone_where_there_is_the_most_and_then_here()
    {
        const long Small = 1L << 30, Large = 8L << 30;
        _farm.Leases.SetCapacity(2, Large, LocalOnlyReason.NoFarm(""));
        var needs = new List<long>();
        await _farm.AddAsync("small", (_, _) => ValueTask.FromResult(Fails(FailureRemedy.MoreMemory)), grant: false);
        await _farm.AddAsync("large", (job, _) =>
        {
            needs.Add(job.Forecast!.PeakMemory);
            return ValueTask.FromResult(job.User == "huge" ? Fails(FailureRemedy.MoreMemory) : Done);
        }, grant: false);
        _farm.Grant("small", speed: 2, memory: Small);
        _farm.Grant("large", memory: Large);

        Assert.Equal("large", (await _farm.RunAsync()).Worker);
        Assert.Equal([Large], needs);
        CompileResult result = await _farm.RunAsync(Job with { User = "huge", CommandLine = ["/cc", "-c", "huge.c"] });
        Assert.Equal(FailureRemedy.CompileHere, result.Failure!.Remedy);
        Assert.Equal(Large, needs[^1]);
        Assert.Empty(_farm.Broker.Blamed);
    }

    [Fact]
    public async Task A_job_that_lacked_memory_everywhere_stays_here_and_is_tried_again_after_some_builds()
    {
        const long Large = 8L << 30;
        _farm.Leases.SetCapacity(1, Large, LocalOnlyReason.NoFarm(""));
        bool isBad = true;
        int asked = 0;
        await _farm.AddAsync("large", (_, _) =>
        {
            asked++;
            return ValueTask.FromResult(isBad ? Fails(FailureRemedy.MoreMemory) : Done);
        }, grant: false);
        _farm.Grant("large", memory: Large);
        Assert.Equal(FailureRemedy.CompileHere, (await _farm.RunAsync()).Failure!.Remedy);
        Assert.Equal(2, asked);

        // The machine had a bad minute.
        isBad = false;
        int refused = 0;
        CompileResult result;
        while ((result = await _farm.RunAsync()).Failure is not null)
        {
            Assert.Contains("more than any worker has", result.LocalOnly!.Detail, StringComparison.Ordinal);
            Assert.InRange(++refused, 1, 20);
        }

        Assert.Equal(("large", 3), (result.Worker, asked));
        Assert.InRange(refused, 4, 20);
        Assert.Null((await _farm.RunAsync()).Failure);
    }

    [Fact]
    public async Task Without_a_farm_the_job_stays_at_once_and_says_why()
    {
        _farm.Leases.SetReasonToStay(LocalOnlyReason.NoFarm("the scheduler sleeps"));
        CompileResult result = await _farm.RunAsync();

        Assert.Equal((LocalOnlyKind.NoFarm, "the scheduler sleeps"), (result.LocalOnly!.Kind, result.LocalOnly.Detail));
        Assert.Equal(FailureRemedy.CompileHere, result.Failure!.Remedy);
    }

    [Fact]
    public async Task A_job_that_must_not_run_here_waits_for_a_farm_and_not_for_ever()
    {
        _farm.Leases.SetReasonToStay(LocalOnlyReason.NoFarm("the scheduler sleeps"));
        CompileJob remote = Job with { Mode = JobMode.Remote };
        Task<CompileResult> lucky = _farm.RunAsync(remote);
        Assert.False(lucky.IsCompleted);
        await _farm.AddAsync("late", static (_, _) => ValueTask.FromResult(Done), grant: false);
        _farm.Leases.SetReasonToStay(null);
        _farm.Grant("late");
        Assert.Equal("late", (await lucky).Worker);

        _farm.Leases.SetReasonToStay(LocalOnlyReason.NoFarm("the scheduler sleeps again"));
        foreach (SlotLease held in _farm.Leases.Held)
        {
            _farm.Leases.Revoked(held.Id);
        }

        Task<CompileResult> unlucky = _farm.RunAsync(remote);
        Assert.False(unlucky.IsCompleted);
        _farm.Time.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal("the scheduler sleeps again", (await unlucky).LocalOnly!.Detail);
    }

    [Fact]
    public async Task Whoever_leaves_while_it_waits_for_a_slot_wants_none_any_more()
    {
        using var leaving = new CancellationTokenSource();
        Task<CompileResult> waiting = _farm.RunAsync(cancellationToken: leaving.Token);
        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Equal([1, 0], _farm.Broker.Demands);
    }

    [Fact]
    public async Task Whoever_leaves_while_it_is_compiled_ends_that_and_gives_the_slot_back()
    {
        var begun = new TaskCompletionSource();
        var ended = new TaskCompletionSource();
        await _farm.AddAsync("busy", async (job, cancellationToken) =>
        {
            if (job.User.Length > 0)
            {
                await using CancellationTokenRegistration end = cancellationToken.Register(ended.SetResult);
                begun.SetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            }

            return Done;
        });
        using var leaving = new CancellationTokenSource();
        Task<CompileResult> job = _farm.RunAsync(Job with { User = "impatient" }, leaving.Token);
        await begun.Task.WaitAsync(Patience);
        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => job);
        await ended.Task.WaitAsync(Patience);
        Assert.Equal("busy", (await _farm.RunAsync()).Worker);
    }

    [Fact]
    public async Task A_worker_that_counts_more_time_than_has_passed_is_not_believed()
    {
        await _farm.AddAsync("boaster", Done with { Timeline = JobTimeline.Empty.With(JobStep.Compile, TimeSpan.FromHours(1)) });
        JobTimeline timeline = (await _farm.RunAsync()).Timeline;
        Assert.Equal([JobStep.Lease, JobStep.Send], timeline.Stretches.Select(static stretch => stretch.Step));
    }

    [Fact]
    public async Task A_job_whose_compiler_nobody_has_described_is_the_callers_mistake() =>
        await Assert.ThrowsAsync<ArgumentException>(() => _farm.RunAsync(Job with { Toolchain = Digest.Of("nobody's"u8) }));
}
