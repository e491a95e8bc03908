using System.Net;

namespace IceCream.Host.Dashboard;

/// <summary>
/// The names under which the dashboard may be asked for. A stranger's page can have its own name resolve to this machine, and would then read the dashboard as its
/// own; an address cannot be made to mean another, and the machine's names are its own.
/// </summary>
internal static class HostNames
{
    /// <summary>Whether a request is addressed to this machine.</summary>
    /// <param name="asked">The host that it names, without a port.</param>
    /// <param name="listen">The host at which the dashboard answers.</param>
    public static bool IsOwn(string asked, string listen)
    {
        string name = asked.TrimStart('[').TrimEnd(']').TrimEnd('.');
        return IPAddress.TryParse(name, out _) || Is(name, "localhost") || Is(name, listen) || Is(name, Environment.MachineName)
            || name.StartsWith(Environment.MachineName + ".", StringComparison.OrdinalIgnoreCase) || Is(name, Dns.GetHostName());
    }

    private static bool Is(string name, string own) => string.Equals(name, own, StringComparison.OrdinalIgnoreCase);
}
