using System.Net;
using System.Net.Sockets;
using IceCream.Jobs;

namespace IceCream.Transport;

/// <summary>
/// TCP over IPv4 and IPv6. Hosts are names or addresses; when listening, <c>*</c> and <c>::</c> answer on every interface with both
/// protocols, and port 0 takes any free port. Small writes are sent at once, and idle connections are probed by the kernel.
/// </summary>
public sealed class TcpTransport : ITransport
{
    private const int Backlog = 1024;
    private const int KeepAliveSeconds = 30;

    /// <inheritdoc/>
    public bool Serves(FarmAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return address.Scheme == "tcp";
    }

    /// <inheritdoc/>
    public async ValueTask<ITransportConnection> ConnectAsync(FarmAddress address, CancellationToken cancellationToken = default)
    {
        Check(address);
        Socket? socket = null;
        try
        {
            if (IPAddress.TryParse(address.Host, out IPAddress? ip))
            {
                socket = new Socket(ip.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(new IPEndPoint(ip, address.Port), cancellationToken).ConfigureAwait(false);
            }
            else
            {
                // A socket for both protocols tries every address that the name has.
                socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(address.Host, address.Port, cancellationToken).ConfigureAwait(false);
            }

            return Wrap(socket);
        }
        catch (SocketException e)
        {
            socket?.Dispose();
            throw new IOException($"Cannot connect to {address}: {e.Message}", e);
        }
        catch
        {
            socket?.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ITransportListener> ListenAsync(FarmAddress address, CancellationToken cancellationToken = default)
    {
        Check(address);
        Socket? socket = null;
        try
        {
            IPAddress ip = await FindInterfaceAsync(address.Host, cancellationToken).ConfigureAwait(false);
            socket = new Socket(ip.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            if (ip.Equals(IPAddress.IPv6Any))
            {
                socket.DualMode = true;
            }

            socket.Bind(new IPEndPoint(ip, address.Port));
            socket.Listen(Backlog);
            int port = ((IPEndPoint)socket.LocalEndPoint!).Port;
            return new SocketListener(socket, address with { Port = port }, Wrap);
        }
        catch (SocketException e)
        {
            socket?.Dispose();
            throw new IOException($"Cannot listen at {address}: {e.Message}", e);
        }
        catch
        {
            socket?.Dispose();
            throw;
        }
    }

    private static async ValueTask<IPAddress> FindInterfaceAsync(string host, CancellationToken cancellationToken)
    {
        if (host is "*" or "::")
        {
            return Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any;
        }

        if (IPAddress.TryParse(host, out IPAddress? ip))
        {
            return ip;
        }

        IPAddress[] addresses = await Dns.GetHostAddressesAsync(host, cancellationToken).ConfigureAwait(false);
        return addresses.Length > 0 ? addresses[0] : throw new SocketException((int)SocketError.HostNotFound);
    }

    private static StreamConnection Wrap(Socket socket)
    {
        socket.NoDelay = true;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, KeepAliveSeconds);
        var remote = (IPEndPoint)socket.RemoteEndPoint!;
        IPAddress ip = remote.Address.IsIPv4MappedToIPv6 ? remote.Address.MapToIPv4() : remote.Address;
        bool isLocal = IPAddress.IsLoopback(ip);
        return new StreamConnection(new NetworkStream(socket, ownsSocket: true), new IPEndPoint(ip, remote.Port).ToString(), isLocal);
    }

    private void Check(FarmAddress address)
    {
        if (!Serves(address))
        {
            throw new ArgumentException($"{address} is no TCP address.", nameof(address));
        }
    }
}
