using IceCream.Clients;
using IceCream.Identity;
using IceCream.Jobs;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace IceCream.Tests.Clients;

public sealed class LeasePoolTests : IDisposable
{
    private static readonly TimeSpan Linger = TimeSpan.FromMilliseconds(200);

    private readonly FakeTimeProvider _time = new();
    private readonly Broker _broker = new();
    private readonly LeasePool _pool;

    public LeasePoolTests()
    {
        _pool = new LeasePool(_broker, _time, Linger);
        _pool.SetReasonToStay(null);
    }

    public void Dispose() => _pool.Dispose();

    [Fact]
    public async Task A_job_waits_until_a_slot_is_granted()
    {
        Task<SlotHolding?> waiting = _pool.AcquireAsync(1, 0, default).AsTask();
        Assert.Equal([1], _broker.Demands);

        _pool.Granted(Lease(7));
        using SlotHolding? holding = await waiting;
        Assert.Equal(7, holding?.Lease.Id);
        Assert.Equal([1], _broker.Demands);
    }

    [Fact]
    public async Task A_lease_goes_from_job_to_job_without_the_scheduler()
    {
        _pool.Granted(Lease(7));
        SlotHolding first = (await _pool.AcquireAsync(1, 0, default))!;
        Task<SlotHolding?> second = _pool.AcquireAsync(1, 0, default).AsTask();
        first.Dispose();

        Assert.Equal(7, (await second)?.Lease.Id);
        Assert.Empty(_broker.Returned);
    }

    [Fact]
    public void A_lease_that_nobody_wants_is_returned_after_a_moment()
    {
        _pool.Granted(Lease(7));
        _time.Advance(Linger / 2);
        Assert.Empty(_broker.Returned);

        _time.Advance(Linger);
        Assert.Equal([7L], _broker.Returned);
    }

    [Fact]
    public async Task A_worker_in_quarantine_gets_no_job_until_its_time_is_over()
    {
        _pool.Granted(Lease(7));
        _pool.Quarantine(Lease(7).Worker);
        Task<SlotHolding?> waiting = _pool.AcquireAsync(1, 0, default).AsTask();
        for (TimeSpan passed = TimeSpan.Zero; passed < LeaseState.QuarantineAfterWrongResult - (4 * LeaseState.QuarantineAfterFailure); passed += 2 * LeaseState.QuarantineAfterFailure)
        {
            // It is given back, and comes again: the scheduler knows nothing of it.
            _time.Advance(2 * LeaseState.QuarantineAfterFailure);
            _pool.Granted(Lease(8));
            Assert.False(waiting.IsCompleted);
        }

        _time.Advance(LeaseState.QuarantineAfterWrongResult);
        _pool.Granted(Lease(9) with { Expires = _time.GetUtcNow() + LeaseState.QuarantineAfterWrongResult });
        using SlotHolding? holding = await waiting;
        Assert.Equal(9, holding!.Lease.Id);
    }

    [Fact]
    public async Task Leases_on_a_worker_that_failed_are_kept_aside_and_others_asked_for()
    {
        _pool.SetCapacity(4, long.MaxValue, LocalOnlyReason.NoFarm("none"));
        _pool.Granted(Lease(7));
        _pool.Granted(Lease(8));
        SlotHolding failed = (await _pool.AcquireAsync(1, 0, default))!;
        failed.WorkerFailed = true;
        failed.Dispose();

        // The other lease is on the same worker.
        Task<SlotHolding?> next = _pool.AcquireAsync(1, 0, default).AsTask();
        Assert.False(next.IsCompleted);
        Assert.Equal(3, _broker.Demands[^1]);
        Assert.Empty(_broker.Returned);

        _pool.Granted(Lease(9) with { Worker = "other" });
        using SlotHolding? holding = await next;
        Assert.Equal(9, holding?.Lease.Id);
        _time.Advance(LeaseState.QuarantineAfterFailure + Linger);
        Assert.Equal([7L, 8L], _broker.Returned.Order());
    }

    [Fact]
    public async Task Workers_that_were_not_to_blame_are_used_again_at_once()
    {
        _pool.SetCapacity(2, long.MaxValue, LocalOnlyReason.NoFarm("none"));
        _pool.Granted(Lease(7));
        _pool.Granted(Lease(8) with { Worker = "other" });
        for (int i = 0; i < 2; i++)
        {
            using SlotHolding failed = (await _pool.AcquireAsync(1, 0, default))!;
            failed.WorkerFailed = true;
        }

        Assert.NotNull(_pool.ReasonToStay);
        Task patient = _pool.AwaitFarmAsync(TimeSpan.FromMinutes(1), default).AsTask();
        _pool.Release(["blade", "other"]);

        await patient;
        Assert.Null(_pool.ReasonToStay);
        using SlotHolding? holding = await _pool.AcquireAsync(1, 0, default);
        Assert.NotNull(holding);
        Assert.Empty(_broker.Returned);
    }

    [Fact]
    public async Task When_every_slot_has_failed_waiting_is_in_vain_for_a_while()
    {
        _pool.SetCapacity(1, long.MaxValue, LocalOnlyReason.NoFarm("none"));
        _pool.Granted(Lease(7));
        SlotHolding failed = (await _pool.AcquireAsync(1, 0, default))!;
        Task<SlotHolding?> waiting = _pool.AcquireAsync(1, 0, default).AsTask();
        failed.WorkerFailed = true;
        failed.Dispose();

        Assert.Null(await waiting);
        Assert.Null(await _pool.AcquireAsync(1, 0, default));
        Assert.NotNull(_pool.ReasonToStay);
        Task patient = _pool.AwaitFarmAsync(TimeSpan.FromMinutes(1), default).AsTask();
        Assert.False(patient.IsCompleted);
        _time.Advance(LeaseState.QuarantineAfterFailure + Linger);
        await patient;
        Assert.Null(_pool.ReasonToStay);
    }

    [Fact]
    public async Task A_recalled_lease_is_returned_when_its_job_has_ended()
    {
        _pool.Granted(Lease(7));
        SlotHolding job = (await _pool.AcquireAsync(1, 0, default))!;
        Task<SlotHolding?> next = _pool.AcquireAsync(1, 0, default).AsTask();

        _pool.Recalled(7);
        Assert.Empty(_broker.Returned);
        job.Dispose();

        Assert.Equal([7L], _broker.Returned);
        Assert.False(next.IsCompleted);
    }

    [Fact]
    public void A_recalled_lease_that_is_idle_is_returned_at_once()
    {
        _pool.Granted(Lease(7));
        _pool.Recalled(7);
        Assert.Equal([7L], _broker.Returned);
    }

    [Fact]
    public async Task A_lease_that_has_run_out_is_not_used()
    {
        _pool.Granted(Lease(7) with { Expires = _time.GetUtcNow() - FarmTrust.ClockTolerance });
        Task<SlotHolding?> job = _pool.AcquireAsync(1, 0, default).AsTask();

        Assert.False(job.IsCompleted);
        Assert.Equal([7L], _broker.Returned);
        _pool.Granted(Lease(8));
        Assert.Equal(8, (await job)?.Lease.Id);
    }

    [Fact]
    public async Task A_lease_of_a_scheduler_whose_clock_is_a_minute_behind_is_used()
    {
        _pool.Granted(Lease(7) with { Expires = _time.GetUtcNow() - TimeSpan.FromMinutes(1) });
        Assert.Equal(7, (await _pool.AcquireAsync(1, 0, default))?.Lease.Id);
        Assert.Empty(_broker.Returned);
    }

    [Fact]
    public async Task Who_waits_in_vain_is_told()
    {
        Task<SlotHolding?> job = _pool.AcquireAsync(1, 0, default).AsTask();
        _pool.SetReasonToStay(LocalOnlyReason.NoFarm("no worker fits"));

        Assert.Null(await job);
        Assert.Null(await _pool.AcquireAsync(1, 0, default));
        Assert.Equal(LocalOnlyReason.NoFarm("no worker fits"), _pool.ReasonToStay);
    }

    [Fact]
    public async Task A_job_that_leaves_the_queue_lowers_the_demand_and_takes_no_slot()
    {
        using var leaving = new CancellationTokenSource();
        Task<SlotHolding?> first = _pool.AcquireAsync(1, 0, leaving.Token).AsTask();
        Task<SlotHolding?> second = _pool.AcquireAsync(1, 0, default).AsTask();
        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.Equal([1, 2, 1], _broker.Demands);
        _pool.Granted(Lease(7));
        Assert.Equal(7, (await second)?.Lease.Id);
    }

    /// <summary>Else it goes on granting what is given back a moment later.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task After_a_time_without_a_farm_the_scheduler_hears_what_is_wanted_now(bool isLost)
    {
        _pool.Granted(Lease(7));
        SlotHolding job = (await _pool.AcquireAsync(1, 0, default))!;
        Assert.Equal([1], _broker.Demands);
        if (isLost)
        {
            _pool.Lose(LocalOnlyReason.NoFarm("the scheduler is gone"));
        }
        else
        {
            _pool.SetCapacity(0, long.MaxValue, LocalOnlyReason.NoFarm("no worker fits"));
        }

        job.Dispose();
        _broker.Demands.Clear();
        _pool.SetCapacity(1, long.MaxValue, LocalOnlyReason.NoFarm(""));
        Assert.Equal([0], _broker.Demands);
    }

    [Fact]
    public async Task A_revoked_lease_is_neither_used_again_nor_returned()
    {
        _pool.Granted(Lease(7));
        SlotHolding job = (await _pool.AcquireAsync(1, 0, default))!;
        _pool.Revoked(7);
        job.Dispose();

        Assert.Empty(_pool.Held);
        Assert.Empty(_broker.Returned);
    }

    private SlotLease Lease(long id) => new(id, "blade", FarmAddress.Memory("blade"), _time.GetUtcNow() + TimeSpan.FromSeconds(30), default);

    private sealed class Broker : ILeaseBroker
    {
        public List<int> Demands { get; } = [];

        public List<long> Returned { get; } = [];

        public List<long> Memories { get; } = [];

        public List<string> Blamed { get; } = [];

        public void Demand(int wanted, long leastMemory)
        {
            Demands.Add(wanted);
            Memories.Add(leastMemory);
        }

        public void Blame(string worker) => Blamed.Add(worker);

        public List<(string Worker, double Speed)> Beaten { get; } = [];

        public void Outrun(string worker, double speed) => Beaten.Add((worker, speed));

        public void Return(long lease) => Returned.Add(lease);
    }
}
