using System.Net;

namespace IceCream.Host.Dashboard;

/// <summary>
/// The host names that requests may use, against DNS rebinding: a foreign page can make its own name resolve to this machine and would then be of the dashboard's origin.
/// No foreign page can come from an IP address or a name of this machine.
/// </summary>
internal static class HostNames
{
    /// <summary>The domain of names that only neighbours on the network give themselves (mDNS).</summary>
    private const string Neighbours = "local";

    private static readonly char[] Spaces = [' ', '\t'];

    /// <summary>Whether a request's host is an IP address or a name of this machine.</summary>
    /// <param name="asked">The request's host, without a port.</param>
    /// <param name="listen">The host on which the dashboard listens.</param>
    public static bool IsOwn(string asked, string listen)
    {
        string name = asked.TrimStart('[').TrimEnd(']').TrimEnd('.'), machine = Environment.MachineName;
        return IPAddress.TryParse(name, out _) || Is(name, "localhost") || Is(name, listen) || Is(name, machine) || Is(name, Dns.GetHostName())
            || (name.StartsWith(machine + ".", StringComparison.OrdinalIgnoreCase) && LongNames(machine, ReadText("/etc/hosts"), ReadText("/etc/resolv.conf")).Contains(name, StringComparer.OrdinalIgnoreCase));
    }

    /// <summary>
    /// The names of a machine with a domain: the machine's name alone says nothing, since anybody may have one in his domain that begins with it ("ubuntu", "build", and
    /// where no name was ever given "localhost").
    /// </summary>
    /// <param name="machine">The machine's name without a domain.</param>
    /// <param name="hosts">The names that the machine itself knows, as hosts(5) has them.</param>
    /// <param name="resolver">Its domains, as resolv.conf(5) has them.</param>
    internal static IEnumerable<string> LongNames(string machine, string hosts, string resolver) =>
    [
        $"{machine}.{Neighbours}",
        .. Words(hosts).SelectMany(static words => words.Skip(1)).Select(static name => name.TrimEnd('.')),
        .. Words(resolver).Where(static words => words[0] is "search" or "domain").SelectMany(static words => words.Skip(1)).Select(domain => $"{machine}.{domain.Trim('.')}"),
    ];

    /// <summary>The words of each line that is no comment.</summary>
    private static IEnumerable<string[]> Words(string text) =>
        text.Split('\n').Select(static line => line.Split('#')[0].Split(Spaces, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).Where(static words => words.Length > 0);

    private static string ReadText(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A machine without the file knows no names by it.
            return "";
        }
    }

    private static bool Is(string name, string own) => string.Equals(name, own, StringComparison.OrdinalIgnoreCase);
}
