using IceCream.Execution;
using Xunit;

namespace IceCream.Tests.Execution;

public sealed class RecentlyUsedTests
{
    private readonly RecentlyUsed<int, string> _remembered = new(10, static value => value.Length);

    [Fact]
    public void Beyond_the_limit_the_longest_unused_goes()
    {
        Use(1, "aaaa");
        Use(2, "bbbb");
        Use(1, "again");
        Use(3, "cccc");

        Assert.Equal(("aaaa", null, "cccc"), (_remembered.Find(1), _remembered.Find(2), _remembered.Find(3)));
    }

    [Fact]
    public void What_somebody_holds_stays()
    {
        RecentlyUsed<int, string>.Holding first = _remembered.Hold(1, "aaaaaa"), second = _remembered.Hold(1, "other");
        Assert.Same(first.Value, second.Value);
        Use(2, "bbbbbb");
        Use(3, "cccccc");
        Assert.Equal(("aaaaaa", 1), (_remembered.Find(1), _remembered.Count));

        // Given back twice by one, it is still held by the other.
        first.Dispose();
        first.Dispose();
        Use(2, "bbbbbb");
        Assert.NotNull(_remembered.Find(1));
        second.Dispose();
        Use(3, "cccccc");
        Assert.Equal((null, 1), (_remembered.Find(1), _remembered.Count));
    }

    [Fact]
    public void However_many_names_come_the_weight_is_bounded()
    {
        for (int i = 0; i < 10_000; i++)
        {
            Use(i, new string('x', i % 7));
        }

        // Those that weigh nothing are as many as come between two that do.
        Assert.InRange(_remembered.Count, 1, 10);
    }

    private void Use(int key, string value)
    {
        using RecentlyUsed<int, string>.Holding held = _remembered.TryHold(key, out var found) ? found : _remembered.Hold(key, value);
    }
}
