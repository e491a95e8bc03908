using System.Net;
using System.Net.Sockets;
using FsCheck.Xunit;
using IceCream.Jobs;
using IceCream.Nodes.Discovery;
using IceCream.Wire;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace IceCream.Tests.Nodes;

/// <summary>The scheduler's end of the search by UDP, and whom it answers.</summary>
public sealed class DiscoveryResponderTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly DateTimeOffset Noon = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_responder_goes_on_after_datagrams_that_are_none_of_its_own()
    {
        await using DiscoveryResponder responder = Start("farm", "127.0.0.1", TimeProvider.System);
        using var asker = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        asker.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var target = new IPEndPoint(IPAddress.Loopback, responder.Port);
        await asker.SendToAsync(new byte[] { 43 }, SocketFlags.None, target);
        await asker.SendToAsync(new byte[60_000], SocketFlags.None, target);
        await asker.SendToAsync(DiscoveryMessage.Encode(new DiscoveryMessage.Question(1, "other")), SocketFlags.None, target);
        await asker.SendToAsync(DiscoveryMessage.Encode(new DiscoveryMessage.Question(2, "farm")), SocketFlags.None, target);

        byte[] buffer = new byte[2000];
        SocketReceiveFromResult received = await asker.ReceiveFromAsync(buffer, SocketFlags.None, target).WaitAsync(Patience);
        Assert.True(DiscoveryMessage.TryDecode(buffer.AsMemory(0, received.ReceivedBytes), out DiscoveryMessage? answer));
        Assert.Equal((2L, "farm", 8765), answer is DiscoveryMessage.Answer a ? (a.Nonce, a.Network, a.Port) : default);
        Assert.Equal(0, asker.Available);
    }

    [Fact]
    public async Task A_scheduler_of_this_machine_only_answers_this_machine_only()
    {
        byte[] question = DiscoveryMessage.Encode(new DiscoveryMessage.Question(1, "farm"));
        await using DiscoveryResponder local = Start("farm", "127.0.0.1", TimeProvider.System);
        await using DiscoveryResponder open = Start("farm", "0.0.0.0", TimeProvider.System);
        IPAddress other = IPAddress.Parse("192.0.2.7");
        Assert.NotNull(local.AnswerTo(question, IPAddress.Loopback));
        Assert.Null(local.AnswerTo(question, other));
        Assert.NotNull(open.AnswerTo(question, other));
    }

    [Property(MaxTest = 300)]
    public void Arbitrary_bytes_get_no_answer(byte[] datagram)
    {
        DiscoveryResponder responder = Start("farm", "127.0.0.1", TimeProvider.System);
        Assert.Null(responder.AnswerTo(datagram, IPAddress.Loopback));
        responder.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    [Fact]
    public async Task A_flood_of_questions_gets_so_many_answers_and_no_more_until_time_has_passed()
    {
        var time = new FakeTimeProvider(Noon);
        await using DiscoveryResponder responder = Start("farm", "127.0.0.1", time);
        byte[] question = DiscoveryMessage.Encode(new DiscoveryMessage.Question(1, "farm"));
        int Answers() => Enumerable.Range(0, 1000).Count(_ => responder.AnswerTo(question, IPAddress.Loopback) is not null);
        Assert.Equal(256, Answers());
        Assert.Equal(0, Answers());
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(128, Answers());
    }

    [Fact]
    public void A_scheduler_that_speaks_ipv6_only_says_that_it_cannot_be_found()
    {
        IOException refusal = Assert.Throws<IOException>(() => Start("farm", "::1", TimeProvider.System));
        Assert.Contains("IPv4", refusal.Message, StringComparison.Ordinal);
    }

    private static DiscoveryResponder Start(string network, string host, TimeProvider time) =>
        DiscoveryResponder.Start(network, "1.2", FarmAddress.Tcp(host, 8765), 0, time);
}
