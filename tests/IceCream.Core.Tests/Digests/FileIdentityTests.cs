using IceCream.Digests;
using IceCream.Platform;
using Xunit;

namespace IceCream.Tests.Digests;

public sealed class FileIdentityTests
{
    [Theory]
    [InlineData(123_456_789, 10, false)]
    [InlineData(123_456_789, 30, true)]
    [InlineData(0, 30, false)]
    [InlineData(0, 1000, false)]
    [InlineData(0, 2010, false)]
    [InlineData(0, 2030, true)]
    [InlineData(123_456_789, -1, false)]
    [InlineData(0, -86_400_000, false)]
    public void It_is_settled_once_the_next_edit_would_have_another_stamp(uint nanoseconds, int millisecondsLater, bool settled)
    {
        var identity = new FileIdentity(new FileStatus { ChangedSeconds = 1_000_000, ChangedNanoseconds = nanoseconds });
        DateTimeOffset changed = DateTimeOffset.FromUnixTimeSeconds(1_000_000).AddTicks(nanoseconds / 100);
        Assert.Equal(settled, identity.IsSettled(changed.AddMilliseconds(millisecondsLater)));
    }
}
