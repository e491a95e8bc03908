using System.Collections.Concurrent;
using IceCream.Clients;
using IceCream.Diagnostics;
using IceCream.Execution.Hedging;
using IceCream.Jobs;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace IceCream.Tests.Execution.Hedging;

public sealed class HedgedAttemptsTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly FakeTimeProvider _time = new();
    private readonly Broker _broker = new();
    private readonly LeasePool _pool;
    private readonly HedgeBudget _budget = new();
    private readonly JobMetrics _metrics = new();
    private readonly HedgedAttempts _hedging;
    private readonly ConcurrentDictionary<string, TaskCompletionSource<CompileResult>> _compiles = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _begun = new(), _cancelled = new();
    private readonly ConcurrentDictionary<string, Attempt> _attempts = new();
    private TimeSpan _silent;
    private bool _isStubborn;

    public HedgedAttemptsTests()
    {
        _pool = new LeasePool(_broker, _time, TimeSpan.FromHours(1));
        _pool.SetCapacity(2, long.MaxValue, LocalOnlyReason.NoFarm(""));
        _hedging = new HedgedAttempts(_pool, _budget, _metrics, _time, NullLogger<HedgedAttempts>.Instance);

        // Of equals, the one that came last is used first.
        _pool.Granted(Lease(1, "other"));
        _pool.Granted(Lease(2, "first"));
    }

    public void Dispose()
    {
        _pool.Dispose();
        _metrics.Dispose();
    }

    [Fact]
    public async Task A_late_job_is_done_by_another_and_the_first_attempt_is_cancelled()
    {
        _budget.Earn(1000);
        Task<AttemptsOutcome> job = await BeginAsync();
        await AdvanceUntilAsync(Begun("other").Task);
        End("other", Done());

        AttemptsOutcome outcome = await job.WaitAsync(Patience);
        Assert.Equal("other", outcome.Slot.Lease.Worker);
        Assert.Equal(("first", true), (outcome.Race!.Other, outcome.Race.SecondWon));
        Assert.Equal(0, outcome.Result.ExitCode);
        await Cancelled("first").Task.WaitAsync(Patience);
        Assert.Equal("first", Assert.Single(_broker.Beaten).Worker);
        Assert.InRange(_budget.Spent.Wasted, 0.1, 2);

        // The slower one is quarantined, and the other is free again.
        outcome.Slot.Dispose();
        using SlotHolding? next = await _pool.AcquireAsync(1, 0, default);
        Assert.Equal("other", next!.Lease.Worker);
    }

    [Fact]
    public async Task The_first_attempt_may_win_and_nobody_is_blamed()
    {
        _budget.Earn(1000);
        Task<AttemptsOutcome> job = await BeginAsync();
        await AdvanceUntilAsync(Begun("other").Task);
        End("first", Done());

        AttemptsOutcome outcome = await job.WaitAsync(Patience);
        Assert.Equal(("first", "other", false), (outcome.Slot.Lease.Worker, outcome.Race!.Other, outcome.Race.SecondWon));
        await Cancelled("other").Task.WaitAsync(Patience);
        Assert.Empty(_broker.Beaten);
    }

    [Fact]
    public async Task What_the_slower_one_brings_all_the_same_gives_its_room_back()
    {
        _isStubborn = true;
        _budget.Earn(1000);
        Task<AttemptsOutcome> job = await BeginAsync();
        await AdvanceUntilAsync(Begun("other").Task);
        var content = new Watched();
        _ = Cancelled("first").Task.ContinueWith(
            _ => End("first", Done() with { Outputs = [new OutputFile("/a.o", 0, content)] }), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        End("other", Done());
        await job.WaitAsync(Patience);
        await content.Disposed.Task.WaitAsync(Patience);
    }

    [Fact]
    public async Task Without_a_budget_a_late_job_is_waited_for()
    {
        Task<AttemptsOutcome> job = await BeginAsync();
        for (int i = 0; i < 200; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.False(Begun("other").Task.IsCompleted);
        End("first", Done());
        Assert.Null((await job.WaitAsync(Patience)).Race);
    }

    [Fact]
    public async Task A_job_whose_worker_is_not_heard_of_is_done_by_another_without_a_budget()
    {
        _silent = HedgePolicy.Silence;
        Task<AttemptsOutcome> job = await BeginAsync();
        await AdvanceUntilAsync(Begun("other").Task);
        End("other", Done());
        Assert.Equal("other", (await job.WaitAsync(Patience)).Slot.Lease.Worker);
        Assert.Equal(0, _budget.Spent.Wasted);
    }

    [Fact]
    public async Task A_worker_that_is_heard_of_again_before_there_is_a_second_slot_keeps_its_job()
    {
        _silent = HedgePolicy.Silence;
        Task<AttemptsOutcome> job = await BeginAsync();
        SlotHolding busy = (await _pool.AcquireAsync(1, 0, default))!;
        await AdvanceUntilAsync(() => _broker.Wanted == 3);
        _silent = TimeSpan.Zero;
        busy.Dispose();

        // It wants the second slot no longer.
        await AdvanceUntilAsync(() => _broker.Wanted == 1);
        Assert.False(Begun("other").Task.IsCompleted);
        End("first", Done());
        Assert.Null((await job.WaitAsync(Patience)).Race);
    }

    [Fact]
    public async Task Whoever_fails_first_has_not_won()
    {
        _budget.Earn(1000);
        Task<AttemptsOutcome> job = await BeginAsync();
        await AdvanceUntilAsync(Begun("other").Task);
        End("other", CompileResult.Failed(new JobFailure(FailedParty.Worker, JobStep.Compile, FailureRemedy.AnotherWorker, "Its disk is broken.")));
        await _attempts["other"].Ended.WaitAsync(Patience);
        End("first", Done());

        AttemptsOutcome outcome = await job.WaitAsync(Patience);
        Assert.Equal(("first", "other"), (outcome.Slot.Lease.Worker, Assert.Single(outcome.Failed).Worker));
        Assert.True(outcome.Result.IsCompilers);
    }

    [Fact]
    public async Task When_both_have_failed_neither_worker_gets_the_job_again()
    {
        _budget.Earn(1000);
        using var gate = new ManualResetEventSlim();
        Task<AttemptsOutcome> job = await BeginAsync();
        await AdvanceUntilAsync(Begun("other").Task);
        var broken = new JobFailure(FailedParty.Worker, JobStep.Compile, FailureRemedy.AnotherWorker, "Its disk is broken.");

        // What is called when an attempt is cancelled may take its time.
        _ = _attempts["other"].Token.Register(() => gate.Wait(Patience));
        End("other", CompileResult.Failed(broken));
        await _attempts["other"].Ended.WaitAsync(Patience);
        End("first", CompileResult.Failed(broken));
        AttemptsOutcome outcome = await job.WaitAsync(Patience);
        outcome.Slot.WorkerFailed = true;
        outcome.Slot.Dispose();
        LocalOnlyReason? reason = _pool.ReasonToStay;
        gate.Set();
        Assert.NotNull(reason);
    }

    [Fact]
    public async Task A_second_worker_that_fails_does_not_leave_the_job_to_the_silent_first()
    {
        _silent = HedgePolicy.Silence;
        _pool.SetCapacity(3, long.MaxValue, LocalOnlyReason.NoFarm(""));
        Task<AttemptsOutcome> job = await BeginAsync();
        _pool.Granted(Lease(3, "gone"));
        await AdvanceUntilAsync(Begun("gone").Task);
        End("gone", CompileResult.Failed(new JobFailure(FailedParty.Connection, JobStep.Send, FailureRemedy.AnotherWorker, "It is out of reach.")));
        await AdvanceUntilAsync(Begun("other").Task);
        End("other", Done());

        AttemptsOutcome outcome = await job.WaitAsync(Patience);
        Assert.Equal(("other", "gone"), (outcome.Slot.Lease.Worker, Assert.Single(outcome.Failed).Worker));
        Assert.Equal(("first", true), (outcome.Race!.Other, outcome.Race.SecondWon));
        await Cancelled("first").Task.WaitAsync(Patience);
    }

    [Fact]
    public async Task When_nobody_waits_any_more_both_attempts_end_and_both_slots_are_free()
    {
        _budget.Earn(1000);
        using var leaving = new CancellationTokenSource();
        Task<AttemptsOutcome> job = await BeginAsync(leaving.Token);
        await AdvanceUntilAsync(Begun("other").Task);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => job.WaitAsync(Patience));
        await Task.WhenAll(Cancelled("first").Task, Cancelled("other").Task).WaitAsync(Patience);

        SlotHolding?[] both = [await _pool.AcquireAsync(1, 0, default).AsTask().WaitAsync(Patience), await _pool.AcquireAsync(1, 0, default).AsTask().WaitAsync(Patience)];
        string[] expected = ["first", "other"];
        Assert.Equal(expected, both.Select(static slot => slot!.Lease.Worker).Order());
    }

    private async Task<Task<AttemptsOutcome>> BeginAsync(CancellationToken cancellationToken = default)
    {
        var job = new CompileJob
        {
            CommandLine = ["gcc", "-c", "a.c"],
            Compiler = "/usr/bin/gcc",
            WorkingDirectory = "/",
            Forecast = new JobForecast(new CostKeys(1, 1), 2, 0, ForecastBasis.Command),
        };
        SlotHolding slot = (await _pool.AcquireAsync(2_000_000, 0, default))!;
        Assert.Equal("first", slot.Lease.Worker);
        Task<AttemptsOutcome> outcome = _hedging.RunAsync(job, slot, mayBeHere: false, CompileAsync, cancellationToken).AsTask();
        await Begun("first").Task.WaitAsync(Patience, CancellationToken.None);
        return outcome;
    }

    private async ValueTask<CompileResult> CompileAsync(Attempt attempt)
    {
        string worker = attempt.Slot.Lease.Worker;
        attempt.SilentFor = () => worker == "first" ? _silent : TimeSpan.Zero;
        _attempts[worker] = attempt;
        Begun(worker).TrySetResult();

        // Not taken back when the wait ends, which may come first.
        _ = attempt.Token.Register(() => Cancelled(worker).TrySetResult());
        return await Compile(worker).Task.WaitAsync(_isStubborn && worker == "first" ? CancellationToken.None : attempt.Token);
    }

    private TaskCompletionSource Begun(string worker) => _begun.GetOrAdd(worker, static _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

    private TaskCompletionSource Cancelled(string worker) => _cancelled.GetOrAdd(worker, static _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

    private TaskCompletionSource<CompileResult> Compile(string worker) =>
        _compiles.GetOrAdd(worker, static _ => new TaskCompletionSource<CompileResult>(TaskCreationOptions.RunContinuationsAsynchronously));

    private void End(string worker, CompileResult result) => Compile(worker).TrySetResult(result);

    private static CompileResult Done() => new() { Place = JobPlace.Remote, Usage = new JobUsage(default, TimeSpan.FromSeconds(1), 0) };

    /// <summary>Virtual time goes on until something has happened.</summary>
    private Task AdvanceUntilAsync(Task happened) => AdvanceUntilAsync(() => happened.IsCompleted);

    private async Task AdvanceUntilAsync(Func<bool> hasHappened)
    {
        long since = TimeProvider.System.GetTimestamp();
        while (!hasHappened())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(since) < Patience, "It does not happen.");
            _time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }
    }

    private SlotLease Lease(long id, string worker) => new(id, worker, FarmAddress.Memory(worker), _time.GetUtcNow() + TimeSpan.FromHours(1), default);

    private sealed class Watched : OutputContent
    {
        public TaskCompletionSource Disposed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override long Length => 0;

        public override int Read(long offset, Span<byte> into) => 0;

        public override void Dispose()
        {
            base.Dispose();
            Disposed.TrySetResult();
        }
    }

    private sealed class Broker : ILeaseBroker
    {
        private volatile int _wanted;

        public ConcurrentQueue<(string Worker, double Speed)> Beaten { get; } = [];

        public int Wanted => _wanted;

        public void Demand(int wanted, long leastMemory) => _wanted = wanted;

        public void Return(long lease)
        {
        }

        public void Blame(string worker)
        {
        }

        public void Outrun(string worker, double speed) => Beaten.Enqueue((worker, speed));
    }
}
