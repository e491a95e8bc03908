using IceCream.Nodes;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace IceCream.Tests.Nodes;

public sealed class IdleWatchTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void It_expires_after_the_last_user_has_left_for_long_enough()
    {
        using var watch = new IdleWatch(TimeSpan.FromMinutes(30), _time);
        IDisposable one = watch.Use(), other = watch.Use();
        _time.Advance(TimeSpan.FromHours(2));
        one.Dispose();
        one.Dispose();
        _time.Advance(TimeSpan.FromHours(2));
        Assert.False(watch.Idle.IsCompleted);

        other.Dispose();
        _time.Advance(TimeSpan.FromMinutes(29));
        Assert.False(watch.Idle.IsCompleted);
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.True(watch.Idle.IsCompleted);
    }

    [Fact]
    public void It_tells_when_the_last_user_has_left()
    {
        using var watch = new IdleWatch(null, _time);
        Assert.True(watch.Unused.IsCompleted);
        IDisposable one = watch.Use(), other = watch.Use();
        Task unused = watch.Unused;
        one.Dispose();
        Assert.False(unused.IsCompleted);
        other.Dispose();
        Assert.True(unused.IsCompleted);
    }

    [Fact]
    public void It_expires_when_nobody_ever_came()
    {
        using var watch = new IdleWatch(TimeSpan.FromMinutes(30), _time);
        _time.Advance(TimeSpan.FromMinutes(31));
        Assert.True(watch.Idle.IsCompleted);
    }

    [Fact]
    public void Without_a_limit_it_never_expires()
    {
        using var watch = new IdleWatch(null, _time);
        _time.Advance(TimeSpan.FromDays(365));
        Assert.False(watch.Idle.IsCompleted);
    }
}
