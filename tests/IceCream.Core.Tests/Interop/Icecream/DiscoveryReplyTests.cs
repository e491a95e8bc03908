using FsCheck.Xunit;
using IceCream.Interop.Icecream;
using Xunit;

namespace IceCream.Tests.Interop.Icecream;

public sealed class DiscoveryReplyTests
{
    private static readonly DateTimeOffset Started = DateTimeOffset.FromUnixTimeSeconds(0x6b03f4ab);

    /// <summary>As icecream 1.4 answered each version, but for the version that is told.</summary>
    [Theory]
    [InlineData(28, 16, "1d4d794e657400")]
    [InlineData(32, 16, "214d794e657400")]
    [InlineData(33, 32, "231c000000abf4036b000000004d794e657400")]
    [InlineData(35, 32, "251c000000abf4036b000000004d794e657400")]
    [InlineData(36, 268, "261c000000abf4036b000000004d794e657400")]
    [InlineData(37, 268, "271c000000abf4036b000000004d794e657400")]
    [InlineData(38, 268, "290000001c000000006b03f4ab4d794e657400")]
    [InlineData(42, 268, "2d0000001c000000006b03f4ab4d794e657400")]
    [InlineData(43, 268, "2e0000001c000000006b03f4ab4d794e657400")]
    public void Each_version_has_its_form(byte version, int length, string beginning)
    {
        byte[] answer = DiscoveryReply.To([version], "MyNet", Started)!;
        Assert.Equal(length, answer.Length);
        Assert.Equal(beginning, Convert.ToHexStringLower(answer.AsSpan(0, beginning.Length / 2)));
        Assert.All(answer[(beginning.Length / 2)..], rest => Assert.Equal(0, rest));
    }

    [Property]
    public void Nothing_else_is_answered_and_no_name_goes_beyond_its_place(byte[]? question, string? network)
    {
        byte[]? answer = DiscoveryReply.To(question, network ?? "", Started);
        Assert.Equal(question is [>= 28 and <= 124], answer is not null);
        Assert.True(answer is null || answer.Length is 16 or 32 or 268);
        Assert.True(answer is null || answer[^1] == 0);
    }
}
