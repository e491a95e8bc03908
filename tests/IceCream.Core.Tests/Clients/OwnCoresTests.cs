using IceCream.Clients;
using IceCream.Jobs;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace IceCream.Tests.Clients;

/// <summary>Cores of the submitting machine beside the slots of workers.</summary>
public sealed class OwnCoresTests : IDisposable
{
    private static readonly TimeSpan Answer = TimeSpan.FromMicroseconds(SlotQueue.AnswerOfFarm);

    private readonly FakeTimeProvider _time = new();
    private readonly Cores _cores = new(2);
    private readonly LeasePool _pool;

    public OwnCoresTests()
    {
        _pool = new LeasePool(new Silent(), _time, TimeSpan.FromSeconds(1), _cores);
        _pool.SetCapacity(8, long.MaxValue, LocalOnlyReason.NoFarm(""));
    }

    public void Dispose() => _pool.Dispose();

    [Fact]
    public async Task A_job_that_the_farm_has_no_slot_for_gets_an_idle_core()
    {
        Task<SlotHolding?> job = _pool.AcquireAsync(1_000_000, 0, mayBeHere: true, null, default).AsTask();
        Assert.False(job.IsCompleted);
        _time.Advance(2 * Answer);
        using SlotHolding? slot = await job;
        Assert.True(slot!.IsHere);
        Assert.Equal(1, _cores.Taken);
        slot.Dispose();
        Assert.Equal(0, _cores.Taken);
    }

    [Fact]
    public async Task While_the_farm_answers_at_once_this_machine_keeps_its_hands_free()
    {
        Task<SlotHolding?> job = _pool.AcquireAsync(1_000_000, 0, mayBeHere: true, null, default).AsTask();
        _pool.Granted(Lease(1));
        using SlotHolding? slot = await job;
        _time.Advance(10 * Answer);
        Assert.False(slot!.IsHere);
        Assert.Equal(0, _cores.Taken);
    }

    [Fact]
    public void What_must_not_be_done_here_waits_for_a_worker()
    {
        Task<SlotHolding?> job = _pool.AcquireAsync(1_000_000, 0, default).AsTask();
        _time.Advance(100 * Answer);
        Assert.False(job.IsCompleted);
    }

    [Fact]
    public async Task A_job_that_takes_more_memory_than_is_free_here_waits_and_a_smaller_one_does_not()
    {
        _cores.Memory = 1 << 30;
        Task<SlotHolding?> large = _pool.AcquireAsync(1_000_000, 2L << 30, mayBeHere: true, null, default).AsTask();
        Task<SlotHolding?> small = _pool.AcquireAsync(1_000_000, 1 << 20, mayBeHere: true, null, default).AsTask();
        _time.Advance(2 * Answer);
        using SlotHolding? slot = await small;
        Assert.False(large.IsCompleted);
    }

    [Fact]
    public void Where_no_memory_is_free_nothing_begins_here()
    {
        _cores.Memory = 0;
        Task<SlotHolding?> job = _pool.AcquireAsync(1_000_000, 0, mayBeHere: true, null, default).AsTask();
        _time.Advance(100 * Answer);
        Assert.False(job.IsCompleted);
    }

    [Fact]
    public async Task A_slow_core_does_not_take_what_a_fast_worker_would_do_sooner()
    {
        _cores.Speed = 0.1;
        _pool.Granted(Lease(1));
        using SlotHolding? busy = await _pool.AcquireAsync(1_000_000, 0, mayBeHere: true, null, default);
        Task<SlotHolding?> job = _pool.AcquireAsync(1_000_000, 0, mayBeHere: true, null, default).AsTask();
        _time.Advance(2 * Answer);
        Assert.False(job.IsCompleted);
        busy!.Dispose();
        using SlotHolding? slot = await job;
        Assert.False(slot!.IsHere);
    }

    [Fact]
    public async Task A_core_that_becomes_idle_goes_to_the_next_that_waits()
    {
        Task<SlotHolding?>[] jobs = [.. Enumerable.Range(0, 3).Select(_ => _pool.AcquireAsync(1_000_000, 0, mayBeHere: true, null, default).AsTask())];
        _time.Advance(2 * Answer);
        SlotHolding? first = await await Task.WhenAny(jobs);
        Assert.Equal(2, _cores.Taken);
        first!.Dispose();
        await Task.WhenAll(jobs);
        Assert.Equal(2, _cores.Taken);
    }

    [Fact]
    public async Task A_second_slot_is_one_of_another_worker_or_a_core_and_none_while_others_wait()
    {
        _cores.Speed = 0.5;
        _pool.Granted(Lease(1));
        _pool.Granted(Lease(2) with { Worker = "other" });
        using SlotHolding? second = await _pool.AcquireSecondAsync(1, 0, "other", mayBeHere: true, isUrgent: false, default);
        Assert.Equal("blade", second!.Lease.Worker);
        using SlotHolding? core = await _pool.AcquireSecondAsync(1, 0, "other", mayBeHere: true, isUrgent: false, default);
        Assert.True(core!.IsHere);

        _cores.Memory = 0;
        using SlotHolding? rest = await _pool.AcquireAsync(1, 0, default);
        Task<SlotHolding?> waiting = _pool.AcquireAsync(1, 0, default).AsTask();
        Assert.Null(await _pool.AcquireSecondAsync(1, 0, "other", mayBeHere: true, isUrgent: false, default));
        Task<SlotHolding?> urgent = _pool.AcquireSecondAsync(1, 0, "other", mayBeHere: true, isUrgent: true, default).AsTask();
        Assert.False(urgent.IsCompleted);

        // What comes free on the very worker is not for it.
        rest!.Dispose();
        (await waiting)!.Dispose();
        Assert.False(urgent.IsCompleted);
        second.Dispose();
        Assert.Equal("blade", (await urgent)!.Lease.Worker);
    }

    [Fact]
    public async Task A_job_whose_worker_fell_silent_gets_the_next_slot_before_longer_ones_that_have_not_begun()
    {
        _pool.Granted(Lease(1));
        SlotHolding? silent = await _pool.AcquireAsync(1, 0, default);
        Task<SlotHolding?>[] waiting = [.. Enumerable.Range(1, 50).Select(n => _pool.AcquireAsync(n * 1_000_000, 0, default).AsTask())];
        Task<SlotHolding?> urgent = _pool.AcquireSecondAsync(1, 0, "blade", mayBeHere: false, isUrgent: true, default).AsTask();
        _pool.Granted(Lease(2) with { Worker = "other" });

        Assert.Equal("other", (await urgent)!.Lease.Worker);
        Assert.DoesNotContain(waiting, static job => job.IsCompleted);
        silent!.Dispose();
        Assert.Equal("blade", (await await Task.WhenAny(waiting))!.Lease.Worker);
    }

    private SlotLease Lease(long id) => new(id, "blade", FarmAddress.Memory("blade"), _time.GetUtcNow() + TimeSpan.FromHours(1), default);

    private sealed class Cores(int count) : IOwnCores
    {
        public double Speed { get; set; } = 1;

        public long Memory { get; set; } = long.MaxValue;

        public event Action? Freed;

        public int Taken { get; private set; }

        public IDisposable? TryTake() => Taken < count && ++Taken > 0 ? new Core(this) : null;

        private sealed class Core(Cores cores) : IDisposable
        {
            public void Dispose()
            {
                cores.Taken--;
                cores.Freed?.Invoke();
            }
        }
    }

    private sealed class Silent : ILeaseBroker
    {
        public void Demand(int wanted, long leastMemory)
        {
        }

        public void Return(long lease)
        {
        }

        public void Blame(string worker)
        {
        }

        public void Outrun(string worker, double speed)
        {
        }
    }
}
