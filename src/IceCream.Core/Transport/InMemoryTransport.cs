using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Threading.Channels;
using IceCream.Jobs;
using Nerdbank.Streams;

namespace IceCream.Transport;

/// <summary>
/// Connections within one process. Each instance has its own names: two instances never meet. A writer that is
/// 1 MiB ahead of its reader waits, as it would on a socket.
/// </summary>
public sealed class InMemoryTransport : ITransport
{
    private const int Backlog = 1024;
    private const int BufferBytes = 1 << 20;

    private static readonly PipeOptions Buffering = new(
        pauseWriterThreshold: BufferBytes, resumeWriterThreshold: BufferBytes / 2, minimumSegmentSize: 16 << 10, useSynchronizationContext: false);

    private readonly ConcurrentDictionary<string, Listener> _listeners = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public bool Serves(FarmAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return address.Scheme == "memory";
    }

    /// <inheritdoc/>
    public async ValueTask<ITransportConnection> ConnectAsync(FarmAddress address, CancellationToken cancellationToken = default)
    {
        Check(address);
        cancellationToken.ThrowIfCancellationRequested();
        if (!_listeners.TryGetValue(address.Host, out Listener? listener))
        {
            throw new IOException($"Cannot connect to {address}: nobody listens there.");
        }

        (Stream near, Stream far) = FullDuplexStream.CreatePair(Buffering);
        try
        {
            await listener.EnqueueAsync(new StreamConnection(far, address.ToString(), isLocal: true), cancellationToken).ConfigureAwait(false);
            return new StreamConnection(near, address.ToString(), isLocal: true);
        }
        catch (ChannelClosedException e)
        {
            await near.DisposeAsync().ConfigureAwait(false);
            throw new IOException($"Cannot connect to {address}: its listener is closing.", e);
        }
        catch
        {
            await near.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask<ITransportListener> ListenAsync(FarmAddress address, CancellationToken cancellationToken = default)
    {
        Check(address);
        cancellationToken.ThrowIfCancellationRequested();
        var listener = new Listener(this, address);
        return _listeners.TryAdd(address.Host, listener)
            ? ValueTask.FromResult<ITransportListener>(listener)
            : throw new IOException($"Cannot listen at {address}: someone answers there already.");
    }

    private void Check(FarmAddress address)
    {
        if (!Serves(address))
        {
            throw new ArgumentException($"{address} is no place in memory.", nameof(address));
        }
    }

    private sealed class Listener(InMemoryTransport owner, FarmAddress address) : ITransportListener
    {
        private readonly Channel<ITransportConnection> _waiting = Channel.CreateBounded<ITransportConnection>(Backlog);

        public FarmAddress LocalAddress => address;

        public ValueTask EnqueueAsync(ITransportConnection connection, CancellationToken cancellationToken) =>
            _waiting.Writer.WriteAsync(connection, cancellationToken);

        public async ValueTask<ITransportConnection?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            while (await _waiting.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
            {
                if (_waiting.Reader.TryRead(out ITransportConnection? connection))
                {
                    return connection;
                }
            }

            return null;
        }

        public async ValueTask DisposeAsync()
        {
            owner._listeners.TryRemove(KeyValuePair.Create(address.Host, this));
            _waiting.Writer.TryComplete();
            while (_waiting.Reader.TryRead(out ITransportConnection? unanswered))
            {
                await unanswered.DisposeAsync().ConfigureAwait(false);
            }
        }
    }
}
