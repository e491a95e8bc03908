using System.Net.Sockets;
using IceCream.Jobs;

namespace IceCream.Transport;

/// <summary>A listening socket of either family; <paramref name="wrap"/> makes a connection of what it accepts.</summary>
internal sealed class SocketListener(Socket socket, FarmAddress localAddress, Func<Socket, ITransportConnection> wrap, Action? onDisposed = null)
    : ITransportListener
{
    private int _disposed;

    public FarmAddress LocalAddress { get; } = localAddress;

    public async ValueTask<ITransportConnection?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (Volatile.Read(ref _disposed) == 0)
        {
            Socket accepted;
            try
            {
                accepted = await socket.AcceptAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException && Volatile.Read(ref _disposed) != 0)
            {
                // Disposing the listener is how its owner ends a pending accept.
                return null;
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionAborted or SocketError.ConnectionReset)
            {
                // The caller hung up while it waited in the queue; the next one may still be there.
                continue;
            }
            catch (SocketException e)
            {
                throw new IOException($"Cannot accept connections at {LocalAddress}: {e.Message}", e);
            }

            try
            {
                return wrap(accepted);
            }
            catch (SocketException)
            {
                // Gone before it could be asked who it is: as if it had never called.
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

    public ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            socket.Dispose();
            onDisposed?.Invoke();
        }

        return ValueTask.CompletedTask;
    }
}
