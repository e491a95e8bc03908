using System.Collections.Immutable;

namespace IceCream.Scheduling;

/// <summary>The placement policies by the names under which people choose them.</summary>
public static class PlacementPolicies
{
    /// <summary>The fewest leases per slot; the first by name among equals.</summary>
    public const string LeastLoaded = "least-loaded";

    /// <summary>The fewest leases per slot; chance decides among equals.</summary>
    public const string LeastLoadedRandom = "least-loaded-random";

    /// <summary>All names.</summary>
    public static ImmutableArray<string> Names { get; } = [LeastLoaded, LeastLoadedRandom];

    /// <summary>Makes the policy of a name.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="random">Chance, for the policies that use it.</param>
    /// <exception cref="ArgumentException">No policy has the name.</exception>
    public static IPlacementPolicy Create(string name, Random random) => name switch
    {
        LeastLoaded => new LeastLoadedPolicy(),
        LeastLoadedRandom => new LeastLoadedPolicy(random),
        _ => throw new ArgumentException($"'{name}' is no placement policy; there are {string.Join(", ", Names)}.", nameof(name)),
    };
}
