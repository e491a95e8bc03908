using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace IceCream.Host.Configuration;

/// <summary>This machine's network interfaces by their names, as <c>ip link</c> shows them.</summary>
internal static class Interfaces
{
    /// <summary>The address of an interface, IPv4 for choice: a scheduler is found by broadcast, and IPv6 has none.</summary>
    /// <param name="name">A name.</param>
    /// <param name="address">Its address; null when it has none that others could connect to.</param>
    /// <returns>Whether there is such an interface.</returns>
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
            // A kernel that does not list its interfaces knows none by name.
            return false;
        }
    }
}
