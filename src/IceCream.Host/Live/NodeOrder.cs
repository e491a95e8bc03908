using System.Collections.Immutable;
using IceCream.Jobs;

namespace IceCream.Host.Live;

/// <summary>The key by which nodes are sorted.</summary>
internal enum NodeOrder
{
    Name,

    /// <summary>The busiest first.</summary>
    Running,

    /// <summary>The fastest first.</summary>
    Speed,

    /// <summary>The highest CPU or memory pressure first.</summary>
    Pressure,
}

internal static class NodeOrders
{
    /// <summary>The next order, cyclically.</summary>
    public static NodeOrder Next(this NodeOrder order) => (NodeOrder)(((int)order + 1) % Enum.GetValues<NodeOrder>().Length);

    /// <summary>Sorts nodes by an order; equal nodes by name.</summary>
    public static IEnumerable<NodeInfo> Sort(this NodeOrder order, ImmutableArray<NodeInfo> nodes) => nodes
        .OrderByDescending(node => order switch
        {
            NodeOrder.Running => node.Running,
            NodeOrder.Speed => node.Speed,
            NodeOrder.Pressure => Math.Max(node.Load.CpuPressure, node.Load.MemoryPressure),
            _ => 0,
        })
        .ThenBy(static node => node.Name, StringComparer.Ordinal);
}
