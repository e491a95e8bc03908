using IceCream.Clients;
using IceCream.Jobs;
using IceCream.Tests.Execution.Remote;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace IceCream.Tests.Clients;

/// <summary>What becomes of jobs that wait for a slot when the scheduler is lost.</summary>
public sealed class LostSchedulerTests : IDisposable
{
    private static readonly TimeSpan Linger = TimeSpan.FromMilliseconds(200);

    private readonly FakeTimeProvider _time = new();
    private readonly RecordingBroker _broker = new();
    private readonly LeasePool _pool;

    public LostSchedulerTests()
    {
        _pool = new LeasePool(_broker, _time, Linger);
        _pool.SetReasonToStay(null);
    }

    public void Dispose() => _pool.Dispose();

    [Fact]
    public async Task Jobs_wait_for_a_scheduler_that_was_there()
    {
        _pool.Granted(Lease(7));
        SlotHolding first = (await _pool.AcquireAsync(1, 0, default))!;
        Task<SlotHolding?> second = _pool.AcquireAsync(1, 0, default).AsTask();
        _pool.Lose(LocalOnlyReason.NoFarm("the scheduler is gone"));
        Task<SlotHolding?> third = _pool.AcquireAsync(1, 0, default).AsTask();
        Assert.Null(_pool.ReasonToStay);

        first.Dispose();
        Assert.Equal(7, (await second)?.Lease.Id);

        _time.Advance(LeaseState.PatienceWithScheduler / 2);
        Assert.False(third.IsCompleted);
        _broker.Demands.Clear();
        _pool.SetCapacity(2, long.MaxValue, LocalOnlyReason.NoFarm(""));
        Assert.Equal([2], _broker.Demands);
        _time.Advance(LeaseState.PatienceWithScheduler * 2);
        _pool.Granted(Lease(8));
        Assert.Equal(8, (await third)?.Lease.Id);
    }

    [Fact]
    public async Task Jobs_wait_for_the_workers_of_the_next_scheduler_too()
    {
        Task<SlotHolding?> first = _pool.AcquireAsync(1, 1 << 20, default).AsTask(), second = _pool.AcquireAsync(1, 1 << 20, default).AsTask();
        _pool.Lose(LocalOnlyReason.NoFarm("the scheduler is gone"));
        _broker.Demands.Clear();
        _pool.SetCapacity(0, 0, LocalOnlyReason.NoFarm("no worker has come"));
        Assert.Equal([2], _broker.Demands);
        _pool.Granted(Lease(8));
        Assert.Equal(8, (await first)?.Lease.Id);

        _time.Advance(LeaseState.PatienceWithScheduler - Linger);
        Assert.False(second.IsCompleted);
        _time.Advance(Linger * 2);
        Assert.Null(await second);
        Assert.Equal(LocalOnlyReason.NoFarm("no worker has come"), _pool.ReasonToStay);
    }

    [Fact]
    public async Task A_scheduler_that_stays_away_is_not_waited_for_longer_however_often_it_is_called()
    {
        Task<SlotHolding?> job = _pool.AcquireAsync(1, 0, default).AsTask();
        _pool.Lose(LocalOnlyReason.NoFarm("the scheduler is gone"));
        _time.Advance(LeaseState.PatienceWithScheduler - Linger);
        _pool.Lose(LocalOnlyReason.NoFarm("nobody answers"));
        Assert.False(job.IsCompleted);

        _time.Advance(Linger * 2);
        Assert.Null(await job);
        Assert.Equal(LocalOnlyReason.NoFarm("nobody answers"), _pool.ReasonToStay);
        Assert.Null(await _pool.AcquireAsync(1, 0, default));

        _pool.Lose(LocalOnlyReason.NoFarm("nobody answers again"));
        Assert.Equal(LocalOnlyReason.NoFarm("nobody answers again"), _pool.ReasonToStay);
    }

    [Fact]
    public void What_was_returned_while_a_scheduler_was_greeted_is_returned_once_it_listens()
    {
        _pool.Granted(Lease(7));
        _pool.Lose(LocalOnlyReason.NoFarm("the scheduler is gone"));
        SlotLease told = Assert.Single(_pool.Held);

        // Nobody hears that it is given back: the greeting is on its way.
        _time.Advance(Linger * 2);
        Assert.Empty(_pool.Held);
        _broker.Returned.Clear();

        _pool.Renewed(told);
        Assert.Equal([7L], _broker.Returned);
        Assert.Empty(_pool.Held);
    }

    private SlotLease Lease(long id) => new(id, "blade", FarmAddress.Memory("blade"), _time.GetUtcNow() + TimeSpan.FromSeconds(30), default);
}
