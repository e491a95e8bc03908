using System.Net.Sockets;
using IceCream.Jobs;

namespace IceCream.Transport;

/// <summary>A listening socket of either family; <paramref name="wrap"/> makes a connection of what it accepts.</summary>
internal sealed class SocketListener(Socket socket, FarmAddress localAddress, Func<Socket, ITransportConnection> wrap, Action? onDisposed = null)
    : IFirstByteListener
{
    private FirstByteFilter? _filter;
    private int _disposed;

    public FarmAddress LocalAddress { get; } = localAddress;

    public void AwaitFirstByte(ConnectionLimits limits, Action dropped, TimeProvider time) => _filter = new FirstByteFilter(socket, limits, dropped, time);

    public async ValueTask<ITransportConnection?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (Volatile.Read(ref _disposed) == 0)
        {
            Socket? accepted;
            try
            {
                accepted = _filter is null
                    ? await socket.AcceptAsync(cancellationToken).ConfigureAwait(false)
                    : await _filter.AcceptAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException && Volatile.Read(ref _disposed) != 0)
            {
                // Disposing the listener is how its owner ends a pending accept.
                return null;
            }
            catch (SocketException e) when (IsOfCaller(e.SocketErrorCode))
            {
                // The caller hung up while it waited in the queue, or its network has failed; the next one may still be there.
                continue;
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable or SocketError.SocketError)
            {
                // The last is what the framework has no name for, such as a kernel that is out of memory.
                throw new IOException($"The system has no descriptor or no memory for another one: {e.Message}.", e);
            }
            catch (SocketException e)
            {
                throw new InvalidOperationException($"Connections at {LocalAddress} cannot be accepted any more: {e.Message}.", e);
            }

            if (accepted is null)
            {
                return null;
            }

            try
            {
                return wrap(accepted);
            }
            catch (SocketException)
            {
                // The caller left before it could be asked who it is, and is ignored.
                accepted.Dispose();
            }
            catch
            {
                accepted.Dispose();
                throw;
            }
        }

        return null;
    }

    /// <summary>Linux hands errors of a connection to whoever accepts it: they say nothing about the listener.</summary>
    private static bool IsOfCaller(SocketError error) => error is
        SocketError.ConnectionAborted or SocketError.ConnectionReset or SocketError.NetworkDown or SocketError.NetworkUnreachable or SocketError.HostDown
        or SocketError.HostUnreachable or SocketError.HostNotFound or SocketError.ProtocolOption or SocketError.ProtocolNotSupported or SocketError.TimedOut
        or SocketError.AccessDenied or SocketError.Interrupted;

    public ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _filter?.Dispose();
            socket.Dispose();
            onDisposed?.Invoke();
        }

        return ValueTask.CompletedTask;
    }
}
