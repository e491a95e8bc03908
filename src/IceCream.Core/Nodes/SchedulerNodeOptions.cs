using System.Collections.Immutable;
using IceCream.Identity;
using IceCream.Jobs;

namespace IceCream.Nodes;

/// <summary>How a scheduler is set up.</summary>
public sealed record SchedulerNodeOptions
{
    /// <summary>Where it answers.</summary>
    /// <value>Default: TCP port 8765 on loopback.</value>
    public FarmAddress Listen { get; init; } = FarmAddress.Tcp("127.0.0.1", FarmAddress.SchedulerPort);

    /// <summary>The network's name: nodes of other networks are refused.</summary>
    /// <value>Not empty. Default: <c>ICECREAM</c>.</value>
    public string Network { get; init; } = "ICECREAM";

    /// <summary>Whether it may answer in the clear to other machines.</summary>
    /// <value>Default: false, and then it listens on this machine only.</value>
    public bool Insecure { get; init; }

    /// <summary>
    /// The certificate authority of its farm: then TCP is spoken within TLS, and with those alone who have joined. Null: in the clear, and with other machines only
    /// where <see cref="Insecure"/> allows that.
    /// </summary>
    /// <value>Default: null. It belongs to whoever made it.</value>
    public FarmAuthority? Authority { get; init; }

    /// <summary>The Unix socket at which its owner asks for tokens and revokes nodes; null: nobody does. Without effect when there is no <see cref="Authority"/>.</summary>
    /// <value>Default: null.</value>
    public string? OwnerSocket { get; init; }

    /// <summary>Whether it answers broadcasts of nodes that look for the scheduler of its network, on UDP port 8765 whatever its own port is.</summary>
    /// <value>Default: true. Without effect unless <see cref="Listen"/> is TCP.</value>
    public bool Discoverable { get; init; } = true;

    /// <summary>
    /// How workers are chosen: <c>expected-finish</c> (where the agent's next job is expected to be done first), <c>fastest</c>, <c>least-loaded</c> (the fewest leases
    /// per slot), <c>least-loaded-random</c> (chance decides among equals), <c>round-robin</c>, <c>icecream</c> (as icecream 1.4 chooses, for comparison).
    /// </summary>
    /// <value>Default: <c>expected-finish</c>. Without effect where <see cref="NodeServices.Placement"/> or <see cref="NodeServices.Scheduler"/> is set.</value>
    public string Placement { get; init; } = Scheduling.PlacementPolicies.ExpectedFinish;

    /// <summary>What users are granted, by their names, as <see cref="Scheduling.SchedulerOptions.Shares"/> has it.</summary>
    /// <value>Default: empty. Without effect on a scheduler of the embedder's own.</value>
    internal ImmutableDictionary<string, Scheduling.UserShare> Shares { get; init; } = ImmutableDictionary<string, Scheduling.UserShare>.Empty;

    /// <summary>The folder in which it keeps what it has learned of commands and workers, made when absent; null: it learns anew from start to start.</summary>
    /// <value>Default: null. Without effect on a scheduler of the embedder's own.</value>
    public string? StateDirectory { get; init; }

    /// <summary>Whether monitors of icecream (icemon, icecream-sundae) may look at the farm by its port, and find it by their broadcasts: whoever reaches the port then sees names of nodes, users and files.</summary>
    /// <value>Default: false. Without effect where <see cref="Authority"/> is set: such monitors cannot prove who they are.</value>
    public bool ClassicMonitor { get; init; }

    /// <summary>The UDP port on which it is asked; 0 for any free one.</summary>
    internal int DiscoveryPort { get; init; } = FarmAddress.SchedulerPort;

    /// <exception cref="ArgumentException">A value is out of its range.</exception>
    internal void Validate()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(Network);
        ArgumentNullException.ThrowIfNull(Listen);
        DaemonNodeOptions.Require(
            Scheduling.PlacementPolicies.Names.Contains(Placement), nameof(Placement), $"'{Placement}'", $"one of {string.Join(", ", Scheduling.PlacementPolicies.Names)}");
    }
}
