using IceCream.Execution;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace IceCream.Tests.Execution;

/// <summary>What could not be created in a bad minute is created later.</summary>
public sealed class RetriedLazyTests
{
    private readonly FakeTimeProvider _time = new();
    private Exception? _trouble;
    private int _trials;

    [Fact]
    public void A_value_is_created_once_and_at_first_use()
    {
        RetriedLazy<string> lazy = Lazy();
        Assert.Equal((0, false), (_trials, lazy.IsValueCreated));
        Assert.Same(lazy.Value, lazy.Value);
        Assert.Equal((1, true), (_trials, lazy.IsValueCreated));
    }

    [Fact]
    public void A_failure_is_told_for_a_minute_and_then_tried_again()
    {
        RetriedLazy<string> lazy = Lazy();
        _trouble = new UnauthorizedAccessException("The disk is read-only.");
        Assert.Throws<UnauthorizedAccessException>(() => lazy.Value);
        _trouble = new IOException("The disk is full.");
        _time.Advance(RetriedLazy<string>.Pause / 2);
        Assert.Equal("The disk is read-only.", Assert.Throws<IOException>(() => lazy.Value).Message);
        Assert.Equal(1, _trials);

        _time.Advance(RetriedLazy<string>.Pause / 2);
        Assert.Equal("The disk is full.", Assert.Throws<IOException>(() => lazy.Value).Message);
        _trouble = null;
        Assert.Throws<IOException>(() => lazy.Value);
        _time.Advance(RetriedLazy<string>.Pause);
        Assert.Equal("it", lazy.Value);
        Assert.Equal((3, true), (_trials, lazy.IsValueCreated));
    }

    private RetriedLazy<string> Lazy() => new(
        () =>
        {
            _trials++;
            return _trouble is { } trouble ? throw trouble : "it";
        },
        _time);
}
