using IceCream.Jobs;
using Xunit;

namespace IceCream.Tests.Jobs;

public sealed class FarmAddressTests
{
    [Theory]
    [InlineData("build1", "tcp://build1:8765")]
    [InlineData("build1:99", "tcp://build1:99")]
    [InlineData("tcp://10.0.0.1:1", "tcp://10.0.0.1:1")]
    [InlineData("[::1]:7", "tcp://[::1]:7")]
    [InlineData("[::1]", "tcp://[::1]:8765")]
    [InlineData("::1", "tcp://[::1]:8765")]
    [InlineData("unix:/run/x.sock", "unix:/run/x.sock")]
    [InlineData("memory:a", "memory:a")]
    public void Reads_the_forms_that_people_write(string text, string expected)
    {
        Assert.True(FarmAddress.TryParse(text, FarmAddress.SchedulerPort, out FarmAddress? address));
        Assert.Equal(expected, address.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("host:")]
    [InlineData("host:port")]
    [InlineData("host:65536")]
    [InlineData("[::1")]
    [InlineData("[::1]x")]
    [InlineData("[::1]:")]
    [InlineData("a b")]
    [InlineData("unix:")]
    [InlineData("memory:")]
    public void Refuses_what_is_no_address(string text) => Assert.False(FarmAddress.TryParse(text, 1, out _));

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("localhost", true)]
    [InlineData("[::1]:5", true)]
    [InlineData("unix:/x", true)]
    [InlineData("0.0.0.0", false)]
    [InlineData("10.1.2.3", false)]
    [InlineData("build1", false)]
    public void Knows_which_addresses_stay_on_this_machine(string text, bool local)
    {
        Assert.True(FarmAddress.TryParse(text, 1, out FarmAddress? address));
        Assert.Equal(local, address.IsLocal);
    }
}
