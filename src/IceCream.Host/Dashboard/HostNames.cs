using System.Net;

namespace IceCream.Host.Dashboard;

/// <summary>
/// The host names that requests may use, against DNS rebinding: a foreign page can make its own name resolve to this machine and would then be of the dashboard's origin.
/// No foreign page can come from an IP address or a name of this machine.
/// </summary>
internal static class HostNames
{
    /// <summary>Whether a request's host is an IP address or a name of this machine.</summary>
    /// <param name="asked">The request's host, without a port.</param>
    /// <param name="listen">The host on which the dashboard listens.</param>
    public static bool IsOwn(string asked, string listen)
    {
        string name = asked.TrimStart('[').TrimEnd(']').TrimEnd('.');
        return IPAddress.TryParse(name, out _) || Is(name, "localhost") || Is(name, listen) || Is(name, Environment.MachineName)
            || name.StartsWith(Environment.MachineName + ".", StringComparison.OrdinalIgnoreCase) || Is(name, Dns.GetHostName());
    }

    private static bool Is(string name, string own) => string.Equals(name, own, StringComparison.OrdinalIgnoreCase);
}
