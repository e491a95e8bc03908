using System.Net;
using System.Net.Sockets;
using IceCream.Transport;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace IceCream.Tests.Transport;

/// <summary>The thread that accepts for nodes whose callers speak first, on real sockets.</summary>
public sealed class FirstByteFilterTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly SemaphoreSlim _dropped = new(0);

    public FirstByteFilterTests()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(1024);
    }

    public void Dispose()
    {
        _listener.Dispose();
        _dropped.Dispose();
    }

    [Fact]
    public async Task Only_callers_that_speak_are_handed_out_with_all_they_said()
    {
        using FirstByteFilter filter = Filter();
        for (int i = 0; i < 20; i++)
        {
            (await CallAsync()).Dispose();
        }

        using Socket silent = await CallAsync(), speaking = await CallAsync();
        await speaking.SendAsync(new byte[] { 1, 2, 3 });
        using Socket? accepted = await NextAsync(filter);
        Assert.Equal(speaking.LocalEndPoint, accepted!.RemoteEndPoint);
        byte[] said = new byte[3];
        Assert.Equal(3, await accepted.ReceiveAsync(said));
        Assert.Equal([1, 2, 3], said);

        await silent.SendAsync(new byte[] { 4 });
        using Socket? later = await NextAsync(filter);
        Assert.Equal(silent.LocalEndPoint, later!.RemoteEndPoint);
    }

    [Fact]
    public async Task A_caller_that_speaks_and_hangs_up_is_handed_out()
    {
        using FirstByteFilter filter = Filter();
        using (Socket brief = await CallAsync())
        {
            await brief.SendAsync(new byte[] { 9 });
        }

        using Socket? accepted = await NextAsync(filter);
        byte[] said = new byte[2];
        Assert.Equal(1, await accepted!.ReceiveAsync(said));
        Assert.Equal(0, await accepted.ReceiveAsync(said));
    }

    [Fact]
    public async Task Of_too_many_silent_callers_the_oldest_is_closed()
    {
        using FirstByteFilter filter = Filter(new ConnectionLimits { Handshakes = 2 });
        using Socket first = await CallAsync(), second = await CallAsync(), third = await CallAsync();
        Assert.True(await _dropped.WaitAsync(Patience));
        Assert.Equal(0, await ReadAsync(first));

        await second.SendAsync(new byte[] { 1 });
        using Socket? accepted = await NextAsync(filter);
        Assert.Equal(second.LocalEndPoint, accepted!.RemoteEndPoint);
    }

    [Fact]
    public async Task A_crowd_from_one_address_pushes_out_itself()
    {
        using FirstByteFilter filter = Filter(new ConnectionLimits { Handshakes = 2 });
        using Socket other = await CallAsync(), first = await CallAsync("127.0.0.2"), second = await CallAsync("127.0.0.2");
        Assert.Equal(0, await ReadAsync(first));
        using Socket third = await CallAsync("127.0.0.2");
        Assert.Equal(0, await ReadAsync(second));

        await other.SendAsync(new byte[] { 1 });
        using Socket? accepted = await NextAsync(filter);
        Assert.Equal(other.LocalEndPoint, accepted!.RemoteEndPoint);
    }

    [Theory]
    [InlineData("10.1.2.3:4", "10.1.2.3:5", true)]
    [InlineData("10.1.2.3:4", "10.1.2.4:4", false)]
    [InlineData("[::ffff:10.1.2.3]:4", "[::ffff:10.1.2.4]:4", false)]
    [InlineData("[2001:db8::1]:4", "[2001:db8::ffff:1]:5", true)]
    [InlineData("[2001:db8::1]:4", "[2001:db8:0:1::1]:4", false)]
    public void Of_version_6_a_network_counts_as_one_address(string one, string other, bool isOne) =>
        Assert.Equal(isOne, ConnectionLimits.AddressOf(IPEndPoint.Parse(one)) == ConnectionLimits.AddressOf(IPEndPoint.Parse(other)));

    [Fact]
    public async Task Who_is_silent_for_too_long_is_closed()
    {
        using FirstByteFilter filter = Filter(new ConnectionLimits { HandshakeTimeout = TimeSpan.Zero });
        using Socket caller = await CallAsync();
        Assert.Equal(0, await ReadAsync(caller));
    }

    [Fact]
    public async Task Who_waits_when_it_is_disposed_is_told_that_nobody_comes()
    {
        FirstByteFilter filter = Filter();
        using Socket silent = await CallAsync();
        ValueTask<Socket?> next = filter.AcceptAsync(CancellationToken.None);
        filter.Dispose();
        Assert.Null(await next.AsTask().WaitAsync(Patience));
        Assert.Null(await NextAsync(filter));
        Assert.True(await ReadAsync(silent) <= 0);
    }

    [Fact]
    public async Task Callers_beyond_what_is_taken_wait_and_none_is_lost()
    {
        const int Callers = 200;
        using FirstByteFilter filter = Filter();
        var callers = new List<Socket>();
        for (int i = 0; i < Callers; i++)
        {
            Socket caller = await CallAsync();
            callers.Add(caller);
            await caller.SendAsync(new byte[] { 1 });
        }

        var heard = new HashSet<EndPoint>();
        for (int i = 0; i < Callers; i++)
        {
            using Socket? accepted = await NextAsync(filter);
            heard.Add(accepted!.RemoteEndPoint!);
        }

        Assert.Equal(callers.Select(static caller => caller.LocalEndPoint!).ToHashSet(), heard);
        callers.ForEach(static caller => caller.Dispose());
    }

    [Fact]
    public async Task Who_is_silent_for_too_long_is_closed_also_while_nobody_takes_those_that_have_spoken()
    {
        var time = new FakeTimeProvider();
        var limits = new ConnectionLimits();
        using var filter = new FirstByteFilter(_listener, limits, static () => { }, time);
        using Socket silent = await CallAsync();
        var speaking = new List<Socket>();
        for (int i = 0; i < 200; i++)
        {
            Socket caller = await CallAsync();
            speaking.Add(caller);
            await caller.SendAsync(new byte[] { 1 });
        }

        // They are accepted in the order in which they came.
        (await NextAsync(filter))!.Dispose();
        time.Advance(limits.HandshakeTimeout + TimeSpan.FromSeconds(1));
        Assert.Equal(0, await ReadAsync(silent));
        speaking.ForEach(static caller => caller.Dispose());
    }

    private static async Task<Socket?> NextAsync(FirstByteFilter filter)
    {
        using var deadline = new CancellationTokenSource(Patience);
        return await filter.AcceptAsync(deadline.Token);
    }

    /// <returns>0 when the other end closed the connection, -1 when it broke.</returns>
    private static async Task<int> ReadAsync(Socket socket)
    {
        try
        {
            return await socket.ReceiveAsync(new byte[1]).WaitAsync(Patience);
        }
        catch (SocketException)
        {
            return -1;
        }
    }

    private FirstByteFilter Filter(ConnectionLimits? limits = null) => new(_listener, limits ?? new ConnectionLimits(), () => _dropped.Release(), TimeProvider.System);

    private async Task<Socket> CallAsync(string from = "127.0.0.1")
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
        await socket.ConnectAsync(_listener.LocalEndPoint!);
        return socket;
    }
}
