using Microsoft.Extensions.Time.Testing;

namespace IceCream.Tests;

/// <summary>A clock that somebody sets: the time of day jumps, and what has passed since an earlier moment does not.</summary>
internal sealed class SetClock : FakeTimeProvider
{
    /// <summary>By how much it was set.</summary>
    public TimeSpan SetBy { get; set; }

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + SetBy;

    // Its frequency is that of ticks.
    public override long GetTimestamp() => base.GetUtcNow().UtcTicks;
}
