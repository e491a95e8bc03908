using IceCream.Transport;

namespace IceCream.Benchmarks.Connections;

/// <summary>A connection on which what this end writes arrives later. What it reads, the other end has delayed.</summary>
internal sealed class DelayedConnection(ITransportConnection inner, TimeSpan delay) : ITransportConnection
{
    public Stream Stream { get; } = new DelayedStream(inner.Stream, delay);

    public string RemoteName => inner.RemoteName;

    public bool IsLocal => inner.IsLocal;

    public async ValueTask DisposeAsync()
    {
        await Stream.DisposeAsync();
        await inner.DisposeAsync();
    }
}
