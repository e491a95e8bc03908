using System.Collections.Immutable;
using IceCream.Scheduling.Placement;

namespace IceCream.Scheduling;

/// <summary>The placement policies by the names under which people choose them.</summary>
internal static class PlacementPolicies
{
    /// <summary>The worker where the agent's next job is expected to finish first, by the learned speeds. The default.</summary>
    public const string ExpectedFinish = "expected-finish";

    /// <summary>The fastest worker, whatever must be transferred to it first.</summary>
    public const string Fastest = "fastest";

    /// <summary>The worker with the fewest leases per slot; the first by name among equals.</summary>
    public const string LeastLoaded = "least-loaded";

    /// <summary>The worker with the fewest leases per slot; a random one among equals.</summary>
    public const string LeastLoadedRandom = "least-loaded-random";

    /// <summary>One after the other.</summary>
    public const string RoundRobin = "round-robin";

    /// <summary>The policy of icecream 1.4, for comparison.</summary>
    public const string Icecream = "icecream";

    public static ImmutableArray<string> Names { get; } = [ExpectedFinish, Fastest, LeastLoaded, LeastLoadedRandom, RoundRobin, Icecream];

    /// <summary>Makes the policy of a name.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="random">The random source of the policies that need one.</param>
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
