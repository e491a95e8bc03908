using IceCream.Platform;
using Xunit;

namespace IceCream.Tests.Platform;

public sealed class ForegroundTests
{
    [Fact]
    public void Where_it_cannot_be_told_who_has_a_terminal_nobody_is_in_its_background()
    {
        using FileStream file = File.OpenRead("/dev/null");
        Assert.False(Linux.IsInBackground(file.SafeFileHandle.DangerousGetHandle().ToInt32()));
        Assert.False(Linux.IsInBackground(-1));
    }
}
