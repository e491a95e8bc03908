using IceCream.Jobs;
using IceCream.Transport;

namespace IceCream.Benchmarks.Connections;

/// <summary>What carries the bytes of a connection.</summary>
public enum Medium
{
    /// <summary>Pipes within the process.</summary>
    Memory,

    /// <summary>TCP over the loopback interface.</summary>
    Tcp,
}

/// <summary>Both ends of one multiplexed connection in one process.</summary>
internal sealed class ConnectionPair : IAsyncDisposable
{
    private ConnectionPair(MultiplexedConnection near, MultiplexedConnection far)
    {
        Near = near;
        Far = far;
    }

    public MultiplexedConnection Near { get; }

    public MultiplexedConnection Far { get; }

    /// <summary>Connects the two ends.</summary>
    /// <param name="medium">What carries the bytes.</param>
    /// <param name="latency">How much longer bytes take each way than the medium needs for them.</param>
    public static async Task<ConnectionPair> ConnectAsync(Medium medium, TimeSpan latency = default)
    {
        ITransport transport = medium == Medium.Tcp ? new TcpTransport() : new InMemoryTransport();
        FarmAddress address = medium == Medium.Tcp ? FarmAddress.Tcp("127.0.0.1", 0) : FarmAddress.Memory("benchmark");
        await using ITransportListener listener = await transport.ListenAsync(address);
        Task<ITransportConnection?> accepting = listener.AcceptAsync().AsTask();
        ITransportConnection near = await transport.ConnectAsync(listener.LocalAddress);
        ITransportConnection far = await accepting ?? throw new InvalidOperationException("The listener closed by itself.");
        return new ConnectionPair(Begin(near, latency), Begin(far, latency));
    }

    public async ValueTask DisposeAsync()
    {
        await Near.DisposeAsync();
        await Far.DisposeAsync();
    }

    private static MultiplexedConnection Begin(ITransportConnection connection, TimeSpan latency) =>
        new(latency == TimeSpan.Zero ? connection : new DelayedConnection(connection, latency));
}
