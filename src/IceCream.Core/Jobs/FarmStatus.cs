using System.Collections.Immutable;

namespace IceCream.Jobs;

/// <summary>A farm as its scheduler sees it.</summary>
public sealed record FarmStatus
{
    /// <summary>The network's name.</summary>
    public required string Network { get; init; }

    /// <summary>The scheduler's version.</summary>
    public string Version { get; init; } = "";

    /// <summary>Whether its connections are neither encrypted nor authenticated.</summary>
    public bool Insecure { get; init; }

    /// <summary>The nodes, by name.</summary>
    public ImmutableArray<NodeInfo> Nodes { get; init; } = [];
}
