using IceCream.Execution.Hedging;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace IceCream.Tests.Execution.Hedging;

/// <summary>All attempts are looked at by one timer, each as often as it asks for.</summary>
public sealed class LateWatchTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly CountingTime _time = new();
    private readonly TaskCompletionSource _attempt = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task One_timer_looks_at_all_and_their_looks_fall_together()
    {
        var watch = new LateWatch(_time);
        int[] looks = new int[50];
        var waits = new List<Task<bool>>();
        for (int i = 0; i < looks.Length; i++)
        {
            int each = i;
            waits.Add(watch.WaitAsync(_attempt.Task, static () => HedgePolicy.LookAtLeastEvery, () => ++looks[each] < 0).AsTask());
            _time.Advance(TimeSpan.FromMilliseconds(7));
        }

        Pass(TimeSpan.FromSeconds(20));
        Assert.All(looks, static count => Assert.InRange(count, 18, 22));
        Assert.Equal(1, _time.Timers);
        Assert.InRange(_time.Changes, 18, 30);
        _attempt.SetResult();
        Assert.All(await Task.WhenAll(waits).WaitAsync(Patience), static found => Assert.False(found));
    }

    [Fact]
    public async Task None_is_looked_at_again_at_once()
    {
        var watch = new LateWatch(_time);
        TimeSpan last = _time.GetElapsedTime(0), shortest = TimeSpan.MaxValue, longest = TimeSpan.Zero;
        Task<bool> late = watch.WaitAsync(_attempt.Task, static () => HedgePolicy.LookEvery, static () => false).AsTask();
        Task<bool> wait = watch.WaitAsync(_attempt.Task, static () => HedgePolicy.LookAtLeastEvery, Look).AsTask();
        Pass(TimeSpan.FromSeconds(10));
        Assert.InRange(shortest, HedgePolicy.LookEvery - LateWatch.Early, HedgePolicy.LookAtLeastEvery);
        Assert.InRange(longest, HedgePolicy.LookEvery - LateWatch.Early, HedgePolicy.LookAtLeastEvery);
        _attempt.SetResult();
        Assert.False(await late.WaitAsync(Patience));
        Assert.False(await wait.WaitAsync(Patience));

        bool Look()
        {
            TimeSpan now = _time.GetElapsedTime(0), passed = now - last;
            (last, shortest, longest) = (now, passed < shortest ? passed : shortest, passed > longest ? passed : longest);
            return false;
        }
    }

    [Fact]
    public async Task What_a_look_finds_ends_its_wait_alone_and_a_wait_that_has_ended_is_not_looked_at()
    {
        var watch = new LateWatch(_time);
        int found = 0, others = 0;
        Task<bool> first = watch.WaitAsync(_attempt.Task, static () => HedgePolicy.LookEvery, () => ++found == 2).AsTask();
        Task<bool> second = watch.WaitAsync(_attempt.Task, static () => HedgePolicy.LookEvery, () => ++others < 0).AsTask();
        Pass(TimeSpan.FromSeconds(2));
        Assert.True(await first.WaitAsync(Patience));
        Assert.Equal(2, found);
        Assert.False(second.IsCompleted);

        _attempt.SetResult();
        Assert.False(await second.WaitAsync(Patience));
        int until = others;
        Pass(TimeSpan.FromSeconds(2));
        Assert.Equal(until, others);
        Assert.False(await watch.WaitAsync(_attempt.Task, static () => HedgePolicy.LookEvery, static () => true));
    }

    private void Pass(TimeSpan span)
    {
        for (TimeSpan step = TimeSpan.FromMilliseconds(5), passed = TimeSpan.Zero; passed < span; passed += step)
        {
            _time.Advance(step);
        }
    }

    private sealed class CountingTime : FakeTimeProvider
    {
        public int Timers { get; private set; }

        public int Changes { get; private set; }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Timers++;
            return new Counted(this, base.CreateTimer(callback, state, dueTime, period));
        }

        private sealed class Counted(CountingTime time, ITimer inner) : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period)
            {
                time.Changes++;
                return inner.Change(dueTime, period);
            }

            public void Dispose() => inner.Dispose();

            public ValueTask DisposeAsync() => inner.DisposeAsync();
        }
    }
}
