using System.Net;
using System.Net.Sockets;

namespace IceCream.Transport;

/// <summary>How many may be connected to a listener, and for how long without having said who they are.</summary>
internal sealed record ConnectionLimits
{
    /// <summary>How long a connection may take to its greeting. Default 10 s.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How many connections may be on the way to their greeting at a time: one more costs the oldest of the address from which most come. Default 256.</summary>
    public int Handshakes { get; init; } = 256;

    /// <summary>
    /// How long a listener rests after a caller that hung up without a word, if it can. Others that arrive meanwhile are accepted together: to wake a thread for each of a
    /// port scanner's visits costs more than the visits. Default 50 ms, which a node does not notice: it connects once.
    /// </summary>
    public TimeSpan Rest { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>How many connections there may be at all: one more is closed at once. Default 32,768: an agent and a worker on each of 10,000 machines, and room.</summary>
    public int Connections { get; init; } = 32 << 10;

    /// <summary>
    /// Who makes room for others: the oldest of the address from which most come, so that a crowd from one address pushes out none but itself. Where each comes from
    /// elsewhere it is the oldest of all.
    /// </summary>
    /// <param name="oldestFirst">Those who have not said who they are, at least one.</param>
    /// <param name="addressOf">Where one comes from, as <see cref="AddressOf(EndPoint?)"/> says.</param>
    public static T WhoMakesRoom<T>(IEnumerable<T> oldestFirst, Func<T, string> addressOf) => oldestFirst.GroupBy(addressOf, StringComparer.Ordinal).MaxBy(static those => those.Count())!.First();

    /// <summary>Whom connections are counted for: an address, or of the addresses of version 6, of which one machine has any number, a network of 64 bits.</summary>
    public static string AddressOf(EndPoint? remote) => remote switch
    {
        IPEndPoint { Address: { AddressFamily: AddressFamily.InterNetworkV6, IsIPv4MappedToIPv6: false } address } => Convert.ToHexString(address.GetAddressBytes(), 0, 8),
        IPEndPoint { Address: var address } => address.ToString(),
        _ => "",
    };

    /// <summary>The same of a connection, by its name. Connections within a machine have no addresses, and are counted together.</summary>
    public static string AddressOf(ITransportConnection connection)
    {
        try
        {
            return IPEndPoint.TryParse(connection.RemoteName, out IPEndPoint? remote) ? AddressOf(remote) : "";
        }
        catch (Exception)
        {
            // It has broken already, or is an embedder's and has a defect: whoever serves it finds out.
            return "";
        }
    }

    /// <summary>
    /// Less than that where the process may open few files: half of what it may is for its own files and threads, for the runtime ends a
    /// process that cannot start a thread.
    /// </summary>
    /// <param name="descriptors">How many more the process may open.</param>
    public ConnectionLimits Within(long descriptors)
    {
        int connections = (int)Math.Clamp(descriptors / 2, 2, Connections);
        return this with { Connections = connections, Handshakes = Math.Min(Handshakes, connections / 2) };
    }
}
