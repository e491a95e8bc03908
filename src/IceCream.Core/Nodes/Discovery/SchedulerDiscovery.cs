using System.Buffers.Binary;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text;
using IceCream.Jobs;
using IceCream.Wire;

namespace IceCream.Nodes.Discovery;

/// <summary>Finds a scheduler by asking the local network. Whoever answers is believed: what it is, the connection to it shows.</summary>
internal static class SchedulerDiscovery
{
    /// <summary>Asks every IPv4 network of this machine, and the machine itself, for the scheduler of a network.</summary>
    /// <param name="network">The network's name: 1 to 256 bytes of UTF-8, compared letter by letter.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <returns>
    /// Its address; null when none answered within two seconds. Of several that answer within 300 ms of the first, the one that has been
    /// running longest; of one scheduler's several addresses one that other machines can use too, and of those the lowest.
    /// </returns>
    /// <remarks>Answers come to UDP port 8765 where nobody else of this machine listens there, else to any free port.</remarks>
    /// <exception cref="ArgumentException">The name is empty or too long.</exception>
    public static ValueTask<FarmAddress?> FindAsync(string network, CancellationToken cancellationToken = default) =>
        FindAsync(network, null, cancellationToken);

    /// <summary>The same for a node that listens at one address: it asks the network of that address, and the machine itself.</summary>
    internal static ValueTask<FarmAddress?> FindAsync(string network, FarmAddress? listening, CancellationToken cancellationToken)
    {
        IPAddress? from = OneAddressOf(listening);
        return FindAsync(network, from, () => FindTargets(FarmAddress.SchedulerPort, from), FarmAddress.SchedulerPort, TimeProvider.System, cancellationToken);
    }

    /// <summary>Asks this machine alone: for who has joined no farm, what others answer proves nothing.</summary>
    internal static ValueTask<FarmAddress?> FindHereAsync(string network, CancellationToken cancellationToken) => FindAsync(
        network, null, static () => [new IPEndPoint(IPAddress.Loopback, FarmAddress.SchedulerPort)], FarmAddress.SchedulerPort, TimeProvider.System, cancellationToken);

    internal static async ValueTask<FarmAddress?> FindAsync(
        string network, IPAddress? from, Func<IReadOnlyCollection<IPEndPoint>> targets, int? port, TimeProvider time, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(network);
        if (Encoding.UTF8.GetByteCount(network) > WireLimits.Name)
        {
            throw new ArgumentException($"The network's name is longer than {WireLimits.Name} bytes.", nameof(network));
        }

        return (await new SchedulerSearch(network, from, targets, port, time).RunAsync(cancellationToken).ConfigureAwait(false))?.ToAddress();
    }

    /// <summary>Asks for as long as answers may come for a scheduler that is not one of those who are known.</summary>
    /// <param name="network">The network's name.</param>
    /// <param name="targets">Whom to ask.</param>
    /// <param name="isKnown">Whether a scheduler is known.</param>
    /// <param name="time">Measures the wait.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <returns>The first one; null when none answered.</returns>
    internal static ValueTask<DiscoveredScheduler?> FindOtherAsync(
        string network, IReadOnlyCollection<IPEndPoint> targets, Func<DiscoveredScheduler, bool> isKnown, TimeProvider time, CancellationToken cancellationToken) =>
        new SchedulerSearch(network, null, () => targets, null, time) { Grace = TimeSpan.Zero, IsWanted = found => !isKnown(found) }.RunAsync(cancellationToken);

    /// <summary>Where to ask: this machine, the network that the kernel prefers, and every other one that it is part of.</summary>
    /// <param name="port">The port.</param>
    /// <param name="from">The address whose network alone is asked; null: all of them.</param>
    internal static IReadOnlyCollection<IPEndPoint> FindTargets(int port, IPAddress? from = null)
    {
        var targets = new HashSet<IPEndPoint> { new(IPAddress.Loopback, port), new(IPAddress.Broadcast, port) };
        try
        {
            foreach (UnicastIPAddressInformation own in NetworkInterface.GetAllNetworkInterfaces()
                .Where(static network => network.OperationalStatus is OperationalStatus.Up or OperationalStatus.Unknown)
                .SelectMany(static network => network.GetIPProperties().UnicastAddresses)
                .Where(own => own.Address.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(own.Address) && own.PrefixLength < 31
                    && (from is null || own.Address.Equals(from))))
            {
                targets.Add(new IPEndPoint(BroadcastOf(own.Address, own.PrefixLength), port));
            }
        }
        catch (NetworkInformationException)
        {
            // Where the kernel does not list its interfaces, the two that need no list are asked.
        }

        return targets;
    }

    internal static IPAddress BroadcastOf(IPAddress address, int prefix)
    {
        uint own = BinaryPrimitives.ReadUInt32BigEndian(address.GetAddressBytes());
        byte[] broadcast = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(broadcast, own | (uint)(uint.MaxValue >> prefix));
        return new IPAddress(broadcast);
    }

    /// <summary>The address in a network to which a node keeps; null when it keeps to none: it listens everywhere, or for this machine alone.</summary>
    internal static IPAddress? OneAddressOf(FarmAddress? listening) =>
        listening is { Scheme: "tcp" } && IPAddress.TryParse(listening.Host, out IPAddress? address) && address.AddressFamily == AddressFamily.InterNetwork
        && !address.Equals(IPAddress.Any) && !IPAddress.IsLoopback(address)
            ? address
            : null;
}
