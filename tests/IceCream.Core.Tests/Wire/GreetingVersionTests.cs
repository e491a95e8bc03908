using System.Buffers;
using IceCream.Wire;
using Xunit;

namespace IceCream.Tests.Wire;

/// <summary>A greeting of another version is told by its version, whatever follows it: it is answered with both numbers.</summary>
public sealed class GreetingVersionTests
{
    private const byte Other = 99, Nil = 0xC0, ListOfOne = 0x91, MapOfOne = 0x81;

    /// <summary>As many fields as ours have, fewer and more, and none of them of a kind that ours is.</summary>
    public static TheoryData<int> Numbers => [.. Enumerable.Range(0, 14), 40];

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Of_however_many_fields_of_whatever_kind_it_is(int fields) => AssertTold(fields, Enumerable.Repeat(Nil, fields));

    /// <summary>Anybody may send it, and a stack that overflows ends the process.</summary>
    [Theory]
    [InlineData(new[] { ListOfOne })]
    [InlineData(new[] { MapOfOne, Nil })]
    public void However_deep_its_fields_are_nested(byte[] level) =>
        AssertTold(1, [.. Enumerable.Repeat(level, WireLimits.ToScheduler / level.Length).SelectMany(static bytes => bytes), Nil]);

    private static void AssertTold(int fields, IEnumerable<byte> rest)
    {
        byte[] Greeting(byte tag) => [0xDC, 0, (byte)(fields + 2), tag, Other, .. rest];
        ReadOnlySequence<byte> Sequence(byte tag) => new(Greeting(tag));

        Assert.All(new byte[] { 1, 2, 3 }, tag => Assert.Equal(new SchedulerMessage.MonitorHello(Other, ""), SchedulerMessage.Decode(Sequence(tag))));
        Assert.Equal(Other, Assert.IsType<PeerHello>(PeerMessage.Decode(Sequence(PeerHello.Tag))).Speaks);
        Assert.Equal(Other, Assert.IsType<JoinMessage.Request>(JoinMessage.Decode(Sequence(2))).Speaks);
        Assert.Equal(new LauncherMessage.ForeignRequest(Other), LauncherCodec.Decode(Greeting(1)));
    }
}
