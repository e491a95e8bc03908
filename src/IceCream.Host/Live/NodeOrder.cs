using System.Collections.Immutable;
using IceCream.Jobs;

namespace IceCream.Host.Live;

/// <summary>By what nodes are sorted.</summary>
internal enum NodeOrder
{
    /// <summary>By name.</summary>
    Name,

    /// <summary>The busiest first.</summary>
    Running,

    /// <summary>The fastest first.</summary>
    Speed,

    /// <summary>The most pressed first.</summary>
    Pressure,
}

/// <summary>Sorts nodes.</summary>
internal static class NodeOrders
{
    /// <summary>The order after this one; after the last comes the first.</summary>
    public static NodeOrder Next(this NodeOrder order) => (NodeOrder)(((int)order + 1) % Enum.GetValues<NodeOrder>().Length);

    /// <summary>The nodes in an order; those that are alike by name.</summary>
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
