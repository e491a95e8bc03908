using System.Net;
using IceCream.Jobs;

namespace IceCream.Nodes.Discovery;

/// <summary>A scheduler that answered. The order is by preference, and the same for all nodes, so that they choose the same one of several.</summary>
/// <param name="Started">Its start time, by its own clock.</param>
/// <param name="Address">The source address of its answer.</param>
/// <param name="Port">Its TCP port.</param>
internal readonly record struct DiscoveredScheduler(DateTimeOffset Started, IPAddress Address, int Port) : IComparable<DiscoveredScheduler>
{
    /// <inheritdoc/>
    public int CompareTo(DiscoveredScheduler other)
    {
        int order = Started.CompareTo(other.Started);

        // A scheduler may answer from several addresses. A node derives its own address from the chosen one, so loopback comes last.
        order = order != 0 ? order : IPAddress.IsLoopback(Address).CompareTo(IPAddress.IsLoopback(other.Address));
        order = order != 0 ? order : Address.GetAddressBytes().AsSpan().SequenceCompareTo(other.Address.GetAddressBytes());
        return order != 0 ? order : Port.CompareTo(other.Port);
    }

    /// <summary>Its address.</summary>
    public FarmAddress ToAddress() => FarmAddress.Tcp(Address.ToString(), Port);
}
