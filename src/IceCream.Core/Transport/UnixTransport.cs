using System.Net.Sockets;
using System.Text;
using IceCream.Jobs;
using IceCream.Platform;

namespace IceCream.Transport;

/// <summary>
/// Unix sockets. The socket's file belongs to its owner alone (mode 0600) before anyone can connect. A file that a dead listener left
/// behind is replaced; a file that is no socket never is.
/// </summary>
internal sealed class UnixTransport : ITransport
{
    /// <summary>The longest path of a socket, in bytes of UTF-8: the kernel's limit less its closing zero.</summary>
    public const int MaxPathBytes = 107;

    private const int Backlog = 1024;

    /// <inheritdoc/>
    public bool Serves(FarmAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return address.Scheme == "unix";
    }

    /// <inheritdoc/>
    public async ValueTask<ITransportConnection> ConnectAsync(FarmAddress address, CancellationToken cancellationToken = default)
    {
        Check(address);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(address.Host), cancellationToken).ConfigureAwait(false);
            return Wrap(socket, address);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new IOException($"Cannot connect to {address}: {(IsMissing(e) ? "there is no such socket" : e.Message)}", e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ITransportListener> ListenAsync(FarmAddress address, CancellationToken cancellationToken = default)
    {
        Check(address);
        await RemoveStaleAsync(address, cancellationToken).ConfigureAwait(false);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(new UnixDomainSocketEndPoint(address.Host));
            // No caller can connect in between, since connections are refused until Listen.
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(address.Host, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }

            socket.Listen(Backlog);
            return new SocketListener(socket, address, accepted => Wrap(accepted, address));
        }
        catch (Exception e) when (e is SocketException or UnauthorizedAccessException)
        {
            socket.Dispose();
            throw new IOException($"Cannot listen at {address}: {(IsMissing(e) ? "its folder does not exist" : e.Message)}", e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Whether the path leads nowhere. The framework has no error of its own for that: its words are "Cannot assign requested address".</summary>
    private static bool IsMissing(Exception e) => e is SocketException { SocketErrorCode: SocketError.AddressNotAvailable };

    private static async ValueTask RemoveStaleAsync(FarmAddress address, CancellationToken cancellationToken)
    {
        if (!File.Exists(address.Host))
        {
            return;
        }

        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await probe.ConnectAsync(new UnixDomainSocketEndPoint(address.Host), cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            // Linux refuses a file that is no socket in the same words, and that one is not ours to remove.
            if (!IsSocket(address.Host))
            {
                throw new IOException($"Cannot listen at {address}: the file there is no socket.", e);
            }

            Delete(address);
            return;
        }
        catch (SocketException e)
        {
            throw new IOException($"Cannot listen at {address}: {e.Message}", e);
        }

        throw new IOException($"Cannot listen at {address}: someone answers there already.");
    }

    private static bool IsSocket(string path) => Linux.Stat(path, followLinks: true, out FileStatus status) == 0 && status.IsSocket;

    private static void Delete(FarmAddress address)
    {
        try
        {
            File.Delete(address.Host);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"Cannot replace the stale socket at {address}: {e.Message}", e);
        }
    }

    private static StreamConnection Wrap(Socket socket, FarmAddress address) =>
        new(new NetworkStream(socket, ownsSocket: true), address.ToString(), isLocal: true);

    private void Check(FarmAddress address)
    {
        if (!Serves(address))
        {
            throw new ArgumentException($"{address} is no Unix socket.", nameof(address));
        }

        int length = Encoding.UTF8.GetByteCount(address.Host);
        if (length > MaxPathBytes)
        {
            throw new IOException($"The path of {address} has {length} bytes; a Unix socket's path has {MaxPathBytes} at most.");
        }
    }
}
