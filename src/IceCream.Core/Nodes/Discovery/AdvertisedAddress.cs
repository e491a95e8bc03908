using System.Net;
using System.Net.Sockets;
using IceCream.Jobs;

namespace IceCream.Nodes.Discovery;

/// <summary>The address under which others reach a worker.</summary>
internal static class AdvertisedAddress
{
    /// <summary>What a worker that listens at an address tells the scheduler.</summary>
    /// <param name="listening">Where it listens: a wildcard is nowhere to connect to.</param>
    /// <param name="scheduler">A machine that has a way here: the address that leads to it is one that others can use too.</param>
    public static FarmAddress Of(FarmAddress listening, FarmAddress scheduler)
    {
        if (listening.Scheme != "tcp" || !IsWildcard(listening.Host))
        {
            return listening;
        }

        try
        {
            // Connecting a datagram socket sends nothing: the kernel only chooses the way.
            using var route = new UdpClient(scheduler.Host, scheduler.Port);
            IPAddress near = ((IPEndPoint)route.Client.LocalEndPoint!).Address;
            return FarmAddress.Tcp((near.IsIPv4MappedToIPv6 ? near.MapToIPv4() : near).ToString(), listening.Port);
        }
        catch (SocketException)
        {
            // No way to the scheduler, as the connection to it is about to say with more words.
            return FarmAddress.Tcp(Environment.MachineName, listening.Port);
        }
    }

    private static bool IsWildcard(string host) =>
        host == "*" || (IPAddress.TryParse(host, out IPAddress? address) && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)));
}
