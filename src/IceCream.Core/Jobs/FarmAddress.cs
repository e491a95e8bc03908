using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace IceCream.Jobs;

/// <summary>The address of a node: <c>tcp://host:port</c> (also <c>host</c>, <c>host:port</c>, <c>[v6]:port</c>), <c>unix:/path</c>, <c>memory:name</c>.</summary>
/// <param name="Scheme">Which transport: <c>tcp</c>, <c>unix</c> or <c>memory</c>.</param>
/// <param name="Host">The host's name or address, the socket's path, or the name in memory.</param>
/// <param name="Port">The TCP port, 0 to 65535 (0: any free one, when listening); 0 for the other schemes.</param>
public sealed record FarmAddress(string Scheme, string Host, int Port = 0)
{
    /// <summary>The scheduler's port, TCP and UDP.</summary>
    public const int SchedulerPort = 8765;

    /// <summary>The daemon's port.</summary>
    public const int DaemonPort = 10245;

    /// <summary>A TCP address.</summary>
    public static FarmAddress Tcp(string host, int port) => new("tcp", host, port);

    /// <summary>A Unix socket.</summary>
    public static FarmAddress Unix(string path) => new("unix", path);

    /// <summary>An address within this process.</summary>
    public static FarmAddress Memory(string name) => new("memory", name);

    /// <summary>Reads an address.</summary>
    /// <param name="text">One of the forms that the type names.</param>
    /// <param name="defaultPort">The TCP port when the text has none.</param>
    /// <param name="address">The address.</param>
    /// <returns>False when the text is none of the forms.</returns>
    public static bool TryParse(string text, int defaultPort, [NotNullWhen(true)] out FarmAddress? address)
    {
        address = null;
        if (text.StartsWith("unix:", StringComparison.Ordinal))
        {
            address = text.Length > 5 ? Unix(text[5..]) : null;
            return address is not null;
        }

        if (text.StartsWith("memory:", StringComparison.Ordinal))
        {
            address = text.Length > 7 ? Memory(text[7..]) : null;
            return address is not null;
        }

        ReadOnlySpan<char> rest = text;
        if (rest.StartsWith("tcp://", StringComparison.Ordinal))
        {
            rest = rest[6..];
        }

        ReadOnlySpan<char> host = rest, port = default;
        if (rest.StartsWith('['))
        {
            int end = rest.IndexOf(']');
            if (end < 0 || (end + 1 < rest.Length && rest[end + 1] != ':'))
            {
                return false;
            }

            host = rest[1..end];
            port = end + 1 < rest.Length ? rest[(end + 2)..] : default;
            if (end + 1 < rest.Length && port.IsEmpty)
            {
                return false;
            }
        }
        else if (rest.Count(':') == 1)
        {
            int colon = rest.IndexOf(':');
            host = rest[..colon];
            port = rest[(colon + 1)..];
            if (port.IsEmpty)
            {
                return false;
            }
        }

        int number = defaultPort;
        if (host.IsEmpty || host.ContainsAny(" /\t\n") ||
            (!port.IsEmpty && (!int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out number) || number > ushort.MaxValue)))
        {
            return false;
        }

        address = Tcp(host.ToString(), number);
        return true;
    }

    /// <summary>Whether the address can be reached from this machine only.</summary>
    public bool IsLocal => Scheme != "tcp" || Host == "localhost" ||
        (System.Net.IPAddress.TryParse(Host, out var address) && System.Net.IPAddress.IsLoopback(address));

    /// <summary>The form that <see cref="TryParse"/> reads.</summary>
    public override string ToString() => Scheme switch
    {
        "tcp" => Host.Contains(':', StringComparison.Ordinal) ? $"tcp://[{Host}]:{Port}" : $"tcp://{Host}:{Port}",
        _ => $"{Scheme}:{Host}",
    };
}
