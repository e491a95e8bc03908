using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace IceCream.Host.Configuration;

/// <summary>Finds this machine's network interfaces by the names that <c>ip link</c> shows.</summary>
internal static class Interfaces
{
    /// <summary>Finds the address of an interface, preferably IPv4: schedulers are found by broadcast, which IPv6 lacks.</summary>
    /// <param name="name">The interface's name.</param>
    /// <param name="address">Its address; null if it has none that other machines can connect to.</param>
    /// <returns>Whether the interface exists.</returns>
    public static bool TryFind(string name, out IPAddress? address)
    {
        address = null;
        try
        {
            if (Array.Find(NetworkInterface.GetAllNetworkInterfaces(), found => found.Name == name) is not { } network)
            {
                return false;
            }

            address = network.GetIPProperties().UnicastAddresses.Select(static own => own.Address)
                .Where(static own => !own.IsIPv6LinkLocal)
                .OrderBy(static own => own.AddressFamily != AddressFamily.InterNetwork)
                .FirstOrDefault();
            return true;
        }
        catch (NetworkInformationException)
        {
            // If the kernel does not list its interfaces, none can be found by name.
            return false;
        }
    }
}
