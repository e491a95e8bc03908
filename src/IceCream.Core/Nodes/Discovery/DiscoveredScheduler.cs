using System.Net;
using IceCream.Jobs;

namespace IceCream.Nodes.Discovery;

/// <summary>A scheduler that answered. The one to take comes first: whichever node asks, it takes the same one of several.</summary>
/// <param name="Started">When it started, by its own clock.</param>
/// <param name="Address">Where its answer came from.</param>
/// <param name="Port">Its TCP port.</param>
internal readonly record struct DiscoveredScheduler(DateTimeOffset Started, IPAddress Address, int Port) : IComparable<DiscoveredScheduler>
{
    /// <inheritdoc/>
    public int CompareTo(DiscoveredScheduler other)
    {
        int order = Started.CompareTo(other.Started);

        // One scheduler answers from several addresses. What a node derives from the address has to mean something to other machines too.
        order = order != 0 ? order : IPAddress.IsLoopback(Address).CompareTo(IPAddress.IsLoopback(other.Address));
        order = order != 0 ? order : Address.GetAddressBytes().AsSpan().SequenceCompareTo(other.Address.GetAddressBytes());
        return order != 0 ? order : Port.CompareTo(other.Port);
    }

    /// <summary>Its address.</summary>
    public FarmAddress ToAddress() => FarmAddress.Tcp(Address.ToString(), Port);
}
