using System.Threading.Channels;
using IceCream.Identity;
using IceCream.Jobs;
using IceCream.Transport;

namespace IceCream.Tests;

/// <summary>A transport in memory at whose other ends a test sits, whatever address is called.</summary>
internal sealed class DialledTransport : ITransport, IAsyncDisposable
{
    private readonly InMemoryTransport _memory = new();
    private readonly Channel<MultiplexedConnection> _called = Channel.CreateUnbounded<MultiplexedConnection>();
    private readonly List<MultiplexedConnection> _answered = [];
    private int _asked;

    /// <summary>Why nobody answers from now on; null: somebody does.</summary>
    public IOException? Refusal { get; set; }

    /// <summary>Who answers from now on; null: nobody is asked.</summary>
    public NodeIdentity? Identity { get; set; }

    /// <summary>How many connections were asked for.</summary>
    public int Asked => Volatile.Read(ref _asked);

    public bool Serves(FarmAddress address) => true;

    /// <summary>The other end of the next connection that is made.</summary>
    public async Task<MultiplexedConnection> NextAsync(TimeSpan patience)
    {
        using var deadline = new CancellationTokenSource(patience);
        MultiplexedConnection called = await _called.Reader.ReadAsync(deadline.Token);
        _answered.Add(called);
        return called;
    }

    public async ValueTask<ITransportConnection> ConnectAsync(FarmAddress address, CancellationToken cancellationToken = default)
    {
        Interlocked.Increment(ref _asked);
        if (Refusal is { } refusal)
        {
            throw refusal;
        }

        await using ITransportListener listener = await _memory.ListenAsync(FarmAddress.Memory($"call {Guid.NewGuid()}"), cancellationToken);
        Task<ITransportConnection?> accepting = listener.AcceptAsync(cancellationToken).AsTask();
        ITransportConnection near = await _memory.ConnectAsync(listener.LocalAddress, cancellationToken);
        await _called.Writer.WriteAsync(new MultiplexedConnection((await accepting)!), cancellationToken);
        return new Identified(near, Identity);
    }

    public ValueTask<ITransportListener> ListenAsync(FarmAddress address, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public async ValueTask DisposeAsync()
    {
        while (_called.Reader.TryRead(out MultiplexedConnection? unanswered))
        {
            _answered.Add(unanswered);
        }

        foreach (MultiplexedConnection answered in _answered)
        {
            await answered.DisposeAsync();
        }
    }

    private sealed class Identified(ITransportConnection connection, NodeIdentity? identity) : ITransportConnection
    {
        public Stream Stream => connection.Stream;

        public string RemoteName => connection.RemoteName;

        public bool IsLocal => connection.IsLocal;

        public NodeIdentity? Identity => identity;

        public ValueTask DisposeAsync() => connection.DisposeAsync();
    }
}
