using System.Security.Cryptography;
using IceCream.Jobs;
using IceCream.Transport;
using Xunit;

namespace IceCream.Tests.Transport;

/// <summary>What every transport promises.</summary>
public abstract class TransportContract
{
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    protected abstract ITransport Transport { get; }

    protected abstract FarmAddress NewAddress();

    [Fact]
    public async Task Bytes_travel_both_ways()
    {
        await using ITransportListener listener = await Transport.ListenAsync(NewAddress());
        (ITransportConnection near, ITransportConnection far) = await ConnectAsync(listener);
        await using var _ = near;
        await using var __ = far;

        await near.Stream.WriteAsync("ask"u8.ToArray());
        await near.Stream.FlushAsync();
        Assert.Equal("ask"u8.ToArray(), await ReadAsync(far.Stream, 3));
        await far.Stream.WriteAsync("answer"u8.ToArray());
        await far.Stream.FlushAsync();
        Assert.Equal("answer"u8.ToArray(), await ReadAsync(near.Stream, 6));
        Assert.True(near.IsLocal);
        Assert.True(far.IsLocal);
        Assert.NotEmpty(near.RemoteName);
    }

    [Fact]
    public async Task Disposing_one_end_ends_the_stream_of_the_other()
    {
        await using ITransportListener listener = await Transport.ListenAsync(NewAddress());
        (ITransportConnection near, ITransportConnection far) = await ConnectAsync(listener);
        await using var _ = far;
        await near.DisposeAsync();
        Assert.Equal(0, await far.Stream.ReadAsync(new byte[1]).AsTask().WaitAsync(Patience));
    }

    [Fact]
    public async Task Connecting_where_nobody_listens_fails_and_names_the_address()
    {
        FarmAddress address;
        await using (ITransportListener listener = await Transport.ListenAsync(NewAddress()))
        {
            address = listener.LocalAddress;
        }

        IOException e = await Assert.ThrowsAsync<IOException>(async () => await Transport.ConnectAsync(address));
        Assert.Contains(address.ToString(), e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Listening_twice_at_one_address_fails_and_names_it()
    {
        await using ITransportListener listener = await Transport.ListenAsync(NewAddress());
        IOException e = await Assert.ThrowsAsync<IOException>(async () => await Transport.ListenAsync(listener.LocalAddress));
        Assert.Contains(listener.LocalAddress.ToString(), e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_is_free_again_after_its_listener()
    {
        ITransportListener first = await Transport.ListenAsync(NewAddress());
        await first.DisposeAsync();
        await using ITransportListener second = await Transport.ListenAsync(first.LocalAddress);
        (ITransportConnection near, ITransportConnection far) = await ConnectAsync(second);
        await near.DisposeAsync();
        await far.DisposeAsync();
    }

    [Fact]
    public async Task Accept_returns_null_once_the_listener_is_disposed()
    {
        ITransportListener listener = await Transport.ListenAsync(NewAddress());
        Task<ITransportConnection?> pending = listener.AcceptAsync().AsTask();
        await listener.DisposeAsync();
        Assert.Null(await pending.WaitAsync(Patience));
        Assert.Null(await listener.AcceptAsync());
        await listener.DisposeAsync();
    }

    [Fact]
    public async Task Accept_can_be_cancelled_and_the_listener_goes_on()
    {
        await using ITransportListener listener = await Transport.ListenAsync(NewAddress());
        using var cancel = new CancellationTokenSource();
        Task<ITransportConnection?> pending = listener.AcceptAsync(cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pending.WaitAsync(Patience));
        (ITransportConnection near, ITransportConnection far) = await ConnectAsync(listener);
        await near.DisposeAsync();
        await far.DisposeAsync();
    }

    [Fact]
    public async Task A_cancelled_connect_does_not_connect()
    {
        await using ITransportListener listener = await Transport.ListenAsync(NewAddress());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await Transport.ConnectAsync(listener.LocalAddress, new CancellationToken(canceled: true)));
    }

    [Fact]
    public async Task Large_transfers_arrive_unchanged()
    {
        byte[] bytes = RandomNumberGenerator.GetBytes(16 << 20);
        await using ITransportListener listener = await Transport.ListenAsync(NewAddress());
        (ITransportConnection near, ITransportConnection far) = await ConnectAsync(listener);
        await using var _ = far;
        Task<byte[]> received = ReadAsync(far.Stream, bytes.Length);
        await near.Stream.WriteAsync(bytes);
        await near.Stream.FlushAsync();
        byte[] arrived = await received.WaitAsync(Patience);
        Assert.True(bytes.AsSpan().SequenceEqual(arrived));
        await near.DisposeAsync();
    }

    [Fact]
    public async Task Many_connections_live_side_by_side()
    {
        const int Count = 100;
        await using ITransportListener listener = await Transport.ListenAsync(NewAddress());
        Task serving = Task.WhenAll(Enumerable.Range(0, Count).Select(async _ =>
        {
            await using ITransportConnection? connection = await listener.AcceptAsync();
            byte[] asked = await ReadAsync(connection!.Stream, 4);
            await connection.Stream.WriteAsync(asked);
            await connection.Stream.FlushAsync();
            Assert.Equal(0, await connection.Stream.ReadAsync(new byte[1]));
        }));
        await Task.WhenAll(Enumerable.Range(0, Count).Select(async number =>
        {
            await using ITransportConnection connection = await Transport.ConnectAsync(listener.LocalAddress);
            await connection.Stream.WriteAsync(BitConverter.GetBytes(number));
            await connection.Stream.FlushAsync();
            Assert.Equal(number, BitConverter.ToInt32(await ReadAsync(connection.Stream, 4)));
        })).WaitAsync(Patience);
        await serving.WaitAsync(Patience);
    }

    [Fact]
    public async Task Addresses_of_other_schemes_are_not_served()
    {
        var other = new FarmAddress("pigeon", "loft");
        Assert.False(Transport.Serves(other));
        Assert.True(Transport.Serves(NewAddress()));
        await Assert.ThrowsAnyAsync<Exception>(async () => await Transport.ConnectAsync(other));
    }

    protected async Task<(ITransportConnection Near, ITransportConnection Far)> ConnectAsync(ITransportListener listener)
    {
        Task<ITransportConnection?> accepting = listener.AcceptAsync().AsTask();
        ITransportConnection near = await Transport.ConnectAsync(listener.LocalAddress).AsTask().WaitAsync(Patience);
        return (near, (await accepting.WaitAsync(Patience))!);
    }

    protected static async Task<byte[]> ReadAsync(Stream stream, int count)
    {
        byte[] bytes = new byte[count];
        await stream.ReadExactlyAsync(bytes).AsTask().WaitAsync(Patience);
        return bytes;
    }
}
