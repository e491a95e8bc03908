using System.Net;
using System.Net.Sockets;
using IceCream.Jobs;

namespace IceCream.Nodes.Discovery;

/// <summary>The address that a worker advertises to others.</summary>
internal static class AdvertisedAddress
{
    /// <summary>The address that a worker reports to the scheduler.</summary>
    /// <param name="listening">The address at which it listens; nobody can connect to a wildcard.</param>
    /// <param name="scheduler">A machine that can reach this one: the local address of the route to it is one that others can use too.</param>
    public static FarmAddress Of(FarmAddress listening, FarmAddress scheduler)
    {
        if (listening.Scheme != "tcp" || !IsWildcard(listening.Host))
        {
            return listening;
        }

        try
        {
            // Connecting a UDP socket sends nothing: the kernel only chooses the route.
            using var route = new UdpClient(scheduler.Host, scheduler.Port);
            IPAddress near = ((IPEndPoint)route.Client.LocalEndPoint!).Address;
            return FarmAddress.Tcp((near.IsIPv4MappedToIPv6 ? near.MapToIPv4() : near).ToString(), listening.Port);
        }
        catch (SocketException)
        {
            // There is no route to the scheduler. The connection attempt that follows reports the details.
            return FarmAddress.Tcp(Environment.MachineName, listening.Port);
        }
    }

    private static bool IsWildcard(string host) =>
        host == "*" || (IPAddress.TryParse(host, out IPAddress? address) && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)));
}
