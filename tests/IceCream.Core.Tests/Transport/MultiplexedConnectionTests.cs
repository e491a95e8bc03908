using System.Buffers;
using FsCheck.Xunit;
using IceCream.Jobs;
using IceCream.Transport;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace IceCream.Tests.Transport;

public sealed class MultiplexedConnectionTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task The_control_channel_works_without_a_handshake()
    {
        (ITransportConnection left, ITransportConnection right) = await ConnectAsync();
        await using var near = new MultiplexedConnection(left);
        await near.Control.SendBytesAsync("hello"u8.ToArray());
        await using var far = new MultiplexedConnection(right);
        Assert.Equal("hello"u8.ToArray(), await ReceiveAsync(far.Control));
    }

    [Fact]
    public async Task A_hundred_channels_echo_at_once()
    {
        const int Count = 100;
        (ITransportConnection left, ITransportConnection right) = await ConnectAsync();
        await using var near = new MultiplexedConnection(left);
        await using var far = new MultiplexedConnection(right);
        Task serving = Task.WhenAll(Enumerable.Range(0, Count).Select(async _ =>
        {
            await using FramedChannel? channel = await far.AcceptAsync();
            await channel!.SendBytesAsync(await ReceiveAsync(channel));
        }));
        await Task.WhenAll(Enumerable.Range(0, Count).Select(async number =>
        {
            await using FramedChannel channel = await near.OpenAsync();
            byte[] asked = new byte[number * 1000];
            new Random(number).NextBytes(asked);
            await channel.SendBytesAsync(asked);
            Assert.Equal(asked, await ReceiveAsync(channel));
            Assert.Null(await channel.ReceiveAsync().AsTask().WaitAsync(Patience));
        })).WaitAsync(Patience);
        await serving.WaitAsync(Patience);
    }

    [Fact]
    public async Task A_frame_larger_than_the_window_arrives()
    {
        (ITransportConnection left, ITransportConnection right) = await ConnectAsync();
        await using var near = new MultiplexedConnection(left);
        await using var far = new MultiplexedConnection(right);
        FramedChannel channel = await near.OpenAsync();
        byte[] bytes = new byte[16 << 20];
        new Random(1).NextBytes(bytes);
        Task sending = channel.SendBytesAsync(bytes).AsTask();
        FramedChannel? other = await far.AcceptAsync().AsTask().WaitAsync(Patience);
        Assert.True((await ReceiveAsync(other!)).AsSpan().SequenceEqual(bytes));
        await sending.WaitAsync(Patience);
    }

    [Fact]
    public async Task Both_ends_of_a_channel_may_be_megabytes_ahead_of_their_readers()
    {
        (ITransportConnection left, ITransportConnection right) = await ConnectAsync();
        await using var near = new MultiplexedConnection(left);
        await using var far = new MultiplexedConnection(right);
        FramedChannel channel = await near.OpenAsync();
        FramedChannel other = (await far.AcceptAsync().AsTask().WaitAsync(Patience))!;

        // Within the window: nobody has to read for that.
        await channel.SendBytesAsync(new byte[3 << 20]).AsTask().WaitAsync(Patience);
        await other.SendBytesAsync(new byte[3 << 20]).AsTask().WaitAsync(Patience);
    }

    [Fact]
    public async Task An_end_that_leaves_is_reported_and_ends_everything()
    {
        (ITransportConnection left, ITransportConnection right) = await ConnectAsync();
        await using var near = new MultiplexedConnection(left);
        var far = new MultiplexedConnection(right);
        FramedChannel channel = await near.OpenAsync();
        await far.DisposeAsync().AsTask().WaitAsync(Patience);

        Assert.NotEmpty(await near.Closed.WaitAsync(Patience));
        Assert.Equal("closed at this end", await far.Closed);
        Assert.Null(await near.AcceptAsync().AsTask().WaitAsync(Patience));
        Assert.Null(await channel.ReceiveAsync().AsTask().WaitAsync(Patience));
        await Assert.ThrowsAsync<TransportException>(async () => await near.OpenAsync());
        await Assert.ThrowsAsync<TransportException>(async () => await near.Control.SendBytesAsync(new byte[1]));
    }

    [Fact]
    public async Task Silence_ends_the_connection_with_that_reason()
    {
        (ITransportConnection left, ITransportConnection right) = await ConnectAsync();
        await using var _ = right;
        var time = new FakeTimeProvider();
        await using var near = new MultiplexedConnection(left, time: time);
        time.Advance(TimeSpan.FromSeconds(19));
        Assert.False(near.Closed.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("no sign of life for 20 s", await near.Closed.WaitAsync(Patience));
        await near.DisposeAsync().AsTask().WaitAsync(Patience);
        Assert.Equal("no sign of life for 20 s", await near.Closed);
    }

    [Theory]
    [InlineData(20, 1000)]
    [InlineData(4, 500)]
    public async Task Beats_show_life_for_as_long_as_they_come(int timeoutSeconds, int beatMilliseconds)
    {
        (ITransportConnection left, ITransportConnection right) = await ConnectAsync();
        var time = new FakeTimeProvider();
        var beats = TimeSpan.FromMilliseconds(beatMilliseconds);
        await using var near = new MultiplexedConnection(left, new MultiplexedConnectionOptions { HeartbeatTimeout = TimeSpan.FromSeconds(timeoutSeconds) }, time);
        await using var far = new MultiplexedConnection(right, new MultiplexedConnectionOptions { HeartbeatInterval = beats, HeartbeatTimeout = TimeSpan.FromHours(1) }, time);
        long since = TimeProvider.System.GetTimestamp();
        for (TimeSpan passed = TimeSpan.Zero; passed < TimeSpan.FromMinutes(1); passed += beats)
        {
            time.Advance(beats);
            while (near.SilentFor > TimeSpan.Zero)
            {
                Assert.True(TimeProvider.System.GetElapsedTime(since) < Patience, "No beat comes.");
                await Task.Yield();
            }

            Assert.False(near.Closed.IsCompleted);
        }
    }

    [Property(MaxTest = 50)]
    public bool Random_bytes_end_the_connection_and_nothing_hangs(byte[] bytes) => FeedAsync(bytes).WaitAsync(Patience).GetAwaiter().GetResult();

    private static async Task<bool> FeedAsync(byte[] bytes)
    {
        (ITransportConnection left, ITransportConnection right) = await ConnectAsync();
        await using var near = new MultiplexedConnection(left);
        await right.Stream.WriteAsync(bytes);
        await right.DisposeAsync();
        return (await near.Closed).Length > 0 && await near.AcceptAsync() is null;
    }

    private static async Task<byte[]> ReceiveAsync(FramedChannel channel) =>
        (await channel.ReceiveAsync().AsTask().WaitAsync(Patience))!.Value.ToArray();

    private static async Task<(ITransportConnection Left, ITransportConnection Right)> ConnectAsync()
    {
        var transport = new InMemoryTransport();
        await using ITransportListener listener = await transport.ListenAsync(FarmAddress.Memory("m"));
        ITransportConnection left = await transport.ConnectAsync(listener.LocalAddress);
        return (left, (await listener.AcceptAsync())!);
    }
}
