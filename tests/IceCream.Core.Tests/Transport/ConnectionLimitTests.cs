using IceCream.Diagnostics;
using IceCream.Jobs;
using IceCream.Transport;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace IceCream.Tests.Transport;

/// <summary>What one end can make the other hold.</summary>
public sealed class ConnectionLimitTests : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly LogBook _log = new();
    private readonly List<IAsyncDisposable> _ends = [];

    public async ValueTask DisposeAsync()
    {
        foreach (IAsyncDisposable end in _ends)
        {
            await end.DisposeAsync().AsTask().WaitAsync(Patience);
        }
    }

    [Fact]
    public async Task A_channel_where_none_are_ends_the_connection()
    {
        (MultiplexedConnection near, MultiplexedConnection far) = await ConnectAsync(MultiplexedConnectionOptions.ControlOnly);
        await near.OpenAsync();
        Assert.Equal("it opened a channel, where none are", await far.Closed.WaitAsync(Patience));
        Assert.Equal(LogLevel.Warning, (await _log.FirstAsync(entry => entry.Event == EventIds.ConnectionBroken, Patience)).Level);
        await near.Closed.WaitAsync(Patience);
    }

    [Fact]
    public async Task More_channels_ahead_than_are_allowed_end_the_connection()
    {
        (MultiplexedConnection near, MultiplexedConnection far) = await ConnectAsync(new MultiplexedConnectionOptions { PendingChannels = 3 });
        for (int i = 0; i < 3; i++)
        {
            await near.OpenAsync();
        }

        Assert.NotNull(await far.AcceptAsync().AsTask().WaitAsync(Patience));
        await near.OpenAsync();
        await near.OpenAsync();
        Assert.Equal("it opened more than 3 channels ahead", await far.Closed.WaitAsync(Patience));
    }

    [Fact]
    public async Task A_channel_waits_for_room_and_gets_it()
    {
        (MultiplexedConnection near, MultiplexedConnection far) = await ConnectAsync(new MultiplexedConnectionOptions { Channels = 1 });
        FramedChannel first = await near.OpenAsync(), second = await near.OpenAsync();
        FramedChannel served = (await far.AcceptAsync().AsTask().WaitAsync(Patience))!;
        Task<FramedChannel?> waiting = far.AcceptAsync().AsTask();

        // The other channel has been offered by now: channels of one connection are in order.
        await first.SendBytesAsync("x"u8.ToArray());
        Assert.NotNull(await served.ReceiveAsync().AsTask().WaitAsync(Patience));
        Assert.False(waiting.IsCompleted);

        await first.DisposeAsync();
        await served.DisposeAsync();
        FramedChannel next = (await waiting.WaitAsync(Patience))!;
        await second.SendBytesAsync("y"u8.ToArray());
        Assert.NotNull(await next.ReceiveAsync().AsTask().WaitAsync(Patience));
    }

    [Fact]
    public async Task Frames_that_take_more_than_their_share_end_the_connection()
    {
        (MultiplexedConnection near, MultiplexedConnection far) = await ConnectAsync(new MultiplexedConnectionOptions { HeldBytes = 3 << 20 });
        for (int i = 0; i < 4; i++)
        {
            FramedChannel sending = await near.OpenAsync(), receiving = (await far.AcceptAsync().AsTask().WaitAsync(Patience))!;
            Task<bool> held = HoldAsync(receiving);

            // Nine tenths of a mebibyte: three frames fit, a fourth does not, and may find the connection closed while it is sent.
            Task sent = sending.SendBytesAsync(new byte[900 << 10]).AsTask().WaitAsync(Patience);
            await (i < 3 ? sent : sent.ContinueWith(static _ => { }, TaskScheduler.Default));
            Assert.Equal(i < 3, await held.WaitAsync(Patience));
        }

        Assert.Equal("its frames take more than 3 MiB", await far.Closed.WaitAsync(Patience));
    }

    [Fact]
    public async Task Frames_that_are_let_go_of_make_room_for_others()
    {
        (MultiplexedConnection near, MultiplexedConnection far) = await ConnectAsync(new MultiplexedConnectionOptions { HeldBytes = 1 << 20 });
        for (int i = 0; i < 4; i++)
        {
            FramedChannel sending = await near.OpenAsync(), receiving = (await far.AcceptAsync().AsTask().WaitAsync(Patience))!;
            await sending.SendBytesAsync(new byte[900 << 10]).AsTask().WaitAsync(Patience);
            Assert.True(await HoldAsync(receiving).WaitAsync(Patience));
            await receiving.DisposeAsync();
        }

        Assert.False(far.Closed.IsCompleted);
    }

    [Fact]
    public async Task An_end_that_does_not_take_what_it_is_told_loses_the_connection()
    {
        (MultiplexedConnection near, MultiplexedConnection far) = await ConnectAsync(MultiplexedConnectionOptions.ControlOnly);
        var queue = new SendQueue(far);
        byte[] frame = new byte[64 << 10];

        // What may wait, and what is under way: the window and the buffers of the connection.
        for (int i = 0; i < 2 * SendQueue.Limit / frame.Length; i++)
        {
            queue.Say(frame);
        }

        Assert.Equal($"it left more than {SendQueue.Limit >> 20} MiB unread", await far.Closed.WaitAsync(Patience));
        await near.Closed.WaitAsync(Patience);
        await queue.EndAsync().WaitAsync(Patience);
    }

    [Fact]
    public async Task An_end_that_takes_what_it_is_told_is_told_all_in_order()
    {
        (MultiplexedConnection near, MultiplexedConnection far) = await ConnectAsync(MultiplexedConnectionOptions.ControlOnly);
        var queue = new SendQueue(far);
        for (int i = 0; i < 1000; i++)
        {
            queue.Say(BitConverter.GetBytes(i));
        }

        for (int i = 0; i < 1000; i++)
        {
            Assert.Equal(i, BitConverter.ToInt32((await near.Control.ReceiveAsync().AsTask().WaitAsync(Patience))!.Value.FirstSpan));
        }

        await far.DisposeAsync();
        await queue.EndAsync().WaitAsync(Patience);
    }

    [Fact]
    public async Task An_end_that_takes_nothing_at_all_loses_the_connection()
    {
        var time = new FakeTimeProvider();
        var stuck = new Stuck();
        var options = new MultiplexedConnectionOptions { HeartbeatTimeout = TimeSpan.FromHours(1) };
        await using var near = new MultiplexedConnection(stuck, options, time);
        await stuck.Written.Task.WaitAsync(Patience);
        for (TimeSpan passed = TimeSpan.Zero; passed < options.StallTimeout; passed += options.HeartbeatInterval)
        {
            Assert.False(near.Closed.IsCompleted);
            time.Advance(options.HeartbeatInterval);
        }

        Assert.Equal("it has taken nothing for 30 s", await near.Closed.WaitAsync(Patience));
    }

    [Fact]
    public async Task A_connection_that_ends_as_it_begins_has_ended()
    {
        // Whether the multiplexer sees the end while it is being made is chance: each round is another try.
        for (int round = 0; round < 200; round++)
        {
            (ITransportConnection left, ITransportConnection right) = await PairAsync();
            await right.DisposeAsync();
            await using var near = new MultiplexedConnection(left);
            Assert.Null(await near.Control.ReceiveAsync().AsTask().WaitAsync(Patience));
            Assert.NotEmpty(await near.Closed.WaitAsync(Patience));
            await Assert.ThrowsAsync<TransportException>(async () => await near.Control.SendBytesAsync(new byte[1]));
            await Assert.ThrowsAsync<TransportException>(async () => await near.OpenAsync());
        }
    }

    private static async Task<bool> HoldAsync(FramedChannel channel)
    {
        try
        {
            return await channel.ReceiveAsync() is not null;
        }
        catch (TransportException)
        {
            return false;
        }
    }

    private async Task<(MultiplexedConnection Near, MultiplexedConnection Far)> ConnectAsync(MultiplexedConnectionOptions options)
    {
        (ITransportConnection left, ITransportConnection right) = await PairAsync();
        var near = new MultiplexedConnection(left);
        var far = new MultiplexedConnection(right, options, logger: _log.CreateLogger<MultiplexedConnection>());
        _ends.Add(near);
        _ends.Add(far);
        return (near, far);
    }

    private static async Task<(ITransportConnection Left, ITransportConnection Right)> PairAsync()
    {
        var transport = new InMemoryTransport();
        await using ITransportListener listener = await transport.ListenAsync(FarmAddress.Memory("m"));
        ITransportConnection left = await transport.ConnectAsync(listener.LocalAddress);
        return (left, (await listener.AcceptAsync())!);
    }

    /// <summary>The other end of this connection neither reads nor writes.</summary>
    private sealed class Stuck() : AwaitedStream(null), ITransportConnection
    {
        private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Written { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Stream Stream => this;

        public string RemoteName => "stuck";

        public bool IsLocal => true;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await _closed.Task.WaitAsync(cancellationToken);
            return 0;
        }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Written.TrySetResult();
            await _closed.Task.WaitAsync(cancellationToken);
            throw new IOException("Closed.");
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        protected override void Dispose(bool disposing)
        {
            _closed.TrySetResult();
            base.Dispose(disposing);
        }
    }
}
