using System.Collections.Immutable;
using IceCream.Identity;
using IceCream.Jobs;

namespace IceCream.Nodes;

/// <summary>The options of a scheduler.</summary>
public sealed record SchedulerNodeOptions
{
    /// <summary>The address at which it listens.</summary>
    /// <value>Default: TCP port 8765 on loopback.</value>
    public FarmAddress Listen { get; init; } = FarmAddress.Tcp("127.0.0.1", FarmAddress.SchedulerPort);

    /// <summary>The network's name: nodes of other networks are refused.</summary>
    /// <value>Not empty. Default: <c>ICECREAM</c>.</value>
    public string Network { get; init; } = "ICECREAM";

    /// <summary>Whether unencrypted connections from other machines are allowed.</summary>
    /// <value>Default: false, and then it listens on this machine only.</value>
    public bool Insecure { get; init; }

    /// <summary>
    /// The certificate authority of its farm. With it TCP connections use TLS, and only members of the farm are accepted. Null: connections are
    /// unencrypted, and from other machines only where <see cref="Insecure"/> allows that.
    /// </summary>
    /// <value>Default: null. The caller owns it.</value>
    public FarmAuthority? Authority { get; init; }

    /// <summary>The Unix socket at which its owner requests tokens and revokes nodes; null: none. Without effect without an <see cref="Authority"/>.</summary>
    /// <value>Default: null.</value>
    public string? OwnerSocket { get; init; }

    /// <summary>Whether it answers the broadcasts of nodes that look for the scheduler of its network, always on UDP port 8765.</summary>
    /// <value>Default: true. Without effect unless <see cref="Listen"/> is TCP.</value>
    public bool Discoverable { get; init; } = true;

    /// <summary>
    /// The placement policy: <c>expected-finish</c> (where the agent's next job is expected to finish first), <c>fastest</c>, <c>least-loaded</c>
    /// (the fewest leases per slot), <c>least-loaded-random</c> (a random one among equals), <c>round-robin</c>, <c>icecream</c> (the policy of
    /// icecream 1.4, for comparison).
    /// </summary>
    /// <value>Default: <c>expected-finish</c>. Without effect where <see cref="NodeServices.Placement"/> or <see cref="NodeServices.Scheduler"/> is set.</value>
    public string Placement { get; init; } = Scheduling.PlacementPolicies.ExpectedFinish;

    /// <summary>The shares of users, by name, as in <see cref="Scheduling.SchedulerOptions.Shares"/>.</summary>
    /// <value>Default: empty. Without effect with a custom scheduler.</value>
    internal ImmutableDictionary<string, Scheduling.UserShare> Shares { get; init; } = ImmutableDictionary<string, Scheduling.UserShare>.Empty;

    /// <summary>The folder in which it stores what it has learned of commands and workers, created when missing; null: it starts without knowledge.</summary>
    /// <value>Default: null. Without effect with a custom scheduler.</value>
    public string? StateDirectory { get; init; }

    /// <summary>
    /// Whether monitors of icecream (icemon, icecream-sundae) may connect to its port and find it by broadcast: anyone who reaches the port can then
    /// see the names of nodes, users and files.
    /// </summary>
    /// <value>Default: false. Without effect with an <see cref="Authority"/>: such monitors cannot authenticate.</value>
    public bool ClassicMonitor { get; init; }

    /// <summary>The UDP port of discovery; 0 for any free one.</summary>
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
