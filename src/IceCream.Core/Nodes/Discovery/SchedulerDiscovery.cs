using System.Buffers.Binary;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text;
using IceCream.Jobs;
using IceCream.Wire;

namespace IceCream.Nodes.Discovery;

/// <summary>Finds a scheduler by querying the local network. Answers are not authenticated here: the connection to the scheduler does that.</summary>
internal static class SchedulerDiscovery
{
    /// <summary>Queries every IPv4 network of this machine, and the machine itself, for the scheduler of a network.</summary>
    /// <param name="network">The network's name: 1 to 256 bytes of UTF-8, compared letter by letter.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <returns>
    /// Its address; null when none answered within two seconds. Of several that answer within 300 ms of the first, the one that has been
    /// running longest; of several addresses of one scheduler, one that is not loopback, and of those the lowest.
    /// </returns>
    /// <remarks>Answers arrive at UDP port 8765 if no other process of this machine uses it, else at any free port.</remarks>
    /// <exception cref="ArgumentException">The name is empty or too long.</exception>
    public static ValueTask<FarmAddress?> FindAsync(string network, CancellationToken cancellationToken = default) =>
        FindAsync(network, null, cancellationToken);

    /// <summary>The same for a node that listens at one address: it queries only that address's network, and the machine itself.</summary>
    internal static ValueTask<FarmAddress?> FindAsync(string network, FarmAddress? listening, CancellationToken cancellationToken)
    {
        IPAddress? from = OneAddressOf(listening);
        return FindAsync(network, from, () => FindTargets(FarmAddress.SchedulerPort, from), FarmAddress.SchedulerPort, TimeProvider.System, cancellationToken);
    }

    /// <summary>Queries this machine only: without membership in a farm, answers of other machines cannot be trusted.</summary>
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

    /// <summary>Queries for as long as answers may arrive for a scheduler that is not known.</summary>
    /// <param name="network">The network's name.</param>
    /// <param name="targets">The addresses to query.</param>
    /// <param name="isKnown">Whether a scheduler is known.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <returns>The first one; null when none answered.</returns>
    internal static ValueTask<DiscoveredScheduler?> FindOtherAsync(
        string network, IReadOnlyCollection<IPEndPoint> targets, Func<DiscoveredScheduler, bool> isKnown, TimeProvider time, CancellationToken cancellationToken) =>
        new SchedulerSearch(network, null, () => targets, null, time) { Grace = TimeSpan.Zero, IsWanted = found => !isKnown(found) }.RunAsync(cancellationToken);

    /// <summary>The addresses to query: this machine, the network that the kernel prefers, and every other network of this machine.</summary>
    /// <param name="port">The port.</param>
    /// <param name="from">The address whose network alone is queried; null: all networks.</param>
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
            // Without a list of interfaces, only the two targets that need no list are queried.
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

    /// <summary>The single network address at which a node listens; null when it listens everywhere, or on loopback only.</summary>
    internal static IPAddress? OneAddressOf(FarmAddress? listening) =>
        listening is { Scheme: "tcp" } && IPAddress.TryParse(listening.Host, out IPAddress? address) && address.AddressFamily == AddressFamily.InterNetwork
        && !address.Equals(IPAddress.Any) && !IPAddress.IsLoopback(address)
            ? address
            : null;
}
