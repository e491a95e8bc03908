using System.Net;
using System.Net.Sockets;
using IceCream.Jobs;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace IceCream.Host.Dashboard;

/// <summary>Configures Kestrel: the endpoint, and limits against bad clients. A client that does not read loses its connection through the default minimum data rate.</summary>
internal static class DashboardLimits
{
    private const int MostConnections = 2048;

    /// <summary>Applies endpoint and limits.</summary>
    /// <param name="kestrel">The server's options.</param>
    /// <param name="listen">The address to listen on.</param>
    /// <param name="access">Provides TLS; null for plain HTTP.</param>
    /// <exception cref="IOException">The host has no address.</exception>
    public static void Apply(KestrelServerOptions kestrel, FarmAddress listen, DashboardAccess? access)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxConcurrentConnections = MostConnections;
        kestrel.Limits.MaxRequestBodySize = 0;
        kestrel.Limits.MaxRequestHeadersTotalSize = 16 << 10;
        kestrel.Limits.MaxRequestLineSize = 4 << 10;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        int port = listen.Port;
        Action<ListenOptions> speak = endpoint =>
        {
            endpoint.Protocols = HttpProtocols.Http1;
            if (access is not null)
            {
                endpoint.UseHttps(access.Tls);
            }
        };
        if (listen.Host is "*" or "")
        {
            kestrel.ListenAnyIP(port, speak);
        }
        else if (IPAddress.TryParse(listen.Host, out IPAddress? address))
        {
            kestrel.Listen(address, port, speak);
        }
        else if (listen.Host == "localhost" && port != 0)
        {
            kestrel.ListenLocalhost(port, speak);
        }
        else
        {
            kestrel.Listen(Resolve(listen.Host), port, speak);
        }
    }

    private static IPAddress Resolve(string host)
    {
        try
        {
            return Dns.GetHostAddresses(host) is [var first, ..] ? first : throw new IOException($"'{host}' has no address");
        }
        catch (SocketException e)
        {
            throw new IOException($"'{host}' cannot be resolved: {e.Message}", e);
        }
    }
}
