using System.Collections.Immutable;
using IceCream.Scheduling.Placement;

namespace IceCream.Scheduling;

/// <summary>The placement policies by the names under which people choose them.</summary>
internal static class PlacementPolicies
{
    /// <summary>Where the agent's next job is expected to be done first, by what was learned of workers. The default.</summary>
    public const string ExpectedFinish = "expected-finish";

    /// <summary>The fastest, whatever it would have to be sent first.</summary>
    public const string Fastest = "fastest";

    /// <summary>The fewest leases per slot; the first by name among equals.</summary>
    public const string LeastLoaded = "least-loaded";

    /// <summary>The fewest leases per slot; chance decides among equals.</summary>
    public const string LeastLoadedRandom = "least-loaded-random";

    /// <summary>One after the other.</summary>
    public const string RoundRobin = "round-robin";

    /// <summary>As icecream 1.4 chooses, for comparison.</summary>
    public const string Icecream = "icecream";

    /// <summary>All names.</summary>
    public static ImmutableArray<string> Names { get; } = [ExpectedFinish, Fastest, LeastLoaded, LeastLoadedRandom, RoundRobin, Icecream];

    /// <summary>Makes the policy of a name.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="random">Chance, for the policies that use it.</param>
    /// <exception cref="ArgumentException">No policy has the name.</exception>
    public static IPlacementPolicy Create(string name, Random random) => name switch
    {
        ExpectedFinish => new ExpectedFinishPolicy(),
        Fastest => new FastestPolicy(),
        LeastLoaded => new LeastLoadedPolicy(),
        LeastLoadedRandom => new LeastLoadedPolicy(random),
        RoundRobin => new RoundRobinPolicy(),
        Icecream => new IcecreamPolicy(),
        _ => throw new ArgumentException($"'{name}' is no placement policy; there are {string.Join(", ", Names)}.", nameof(name)),
    };
}
