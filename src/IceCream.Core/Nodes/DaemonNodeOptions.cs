using System.Collections.Immutable;
using IceCream.Caching;
using IceCream.Identity;
using IceCream.Jobs;
using IceCream.Platform;

namespace IceCream.Nodes;

/// <summary>The options of a daemon: the agent of this machine's users, a worker for others, or both.</summary>
public sealed record DaemonNodeOptions
{
    /// <summary>The scheduler's address; null: found by broadcast, repeated until one answers.</summary>
    /// <value>Default: null.</value>
    public FarmAddress? Scheduler { get; init; }

    /// <summary>
    /// Other schedulers of the network, tried in this order when <see cref="Scheduler"/> does not answer. When an earlier one answers again, the node
    /// returns to it. Every node of a network must list the same schedulers in the same order.
    /// </summary>
    /// <value>Default: none. Without effect when <see cref="Scheduler"/> is null.</value>
    public ImmutableArray<FarmAddress> Standbys { get; init; } = [];

    /// <summary>How often a node connected to a standby checks whether an earlier scheduler answers again.</summary>
    internal TimeSpan AskEarlierEvery { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The network's name.</summary>
    /// <value>Not empty. Default: <c>ICECREAM</c>.</value>
    public string Network { get; init; } = "ICECREAM";

    /// <summary>The node's name, unique in its network.</summary>
    /// <value>Default: the host's name.</value>
    public string Name { get; init; } = Environment.MachineName is { Length: > 0 } host ? host : "localhost";

    /// <summary>
    /// The path of the agent's Unix socket for launchers; null: none. A daemon with neither this nor <see cref="Listen"/> is an agent for this
    /// process only.
    /// </summary>
    /// <value>At most 107 bytes in UTF-8. Default: null.</value>
    public string? Socket { get; init; }

    /// <summary>The address at which the worker listens for agents; null: no worker.</summary>
    /// <value>Port 0 stands for any free one. Default: null.</value>
    public FarmAddress? Listen { get; init; }

    /// <summary>
    /// The worker's address that others are told; null: <see cref="Listen"/>, or when that is a wildcard the local address of the route to the
    /// scheduler.
    /// </summary>
    /// <value>Default: null.</value>
    public FarmAddress? Advertise { get; init; }

    /// <summary>How many jobs of others run at a time.</summary>
    /// <value>1 to 4096. Default: the number of processors.</value>
    public int Slots { get; init; } = Environment.ProcessorCount;

    /// <summary>The memory limit of the jobs of others together, in bytes; 0: no limit; null: nine tenths of the memory of the machine or of its control group.</summary>
    internal long? Memory { get; init; }

    /// <summary>How many commands of each class (compile, link, preprocess) may run on this machine at a time for its own users.</summary>
    /// <value>1 to 4096. Default: the number of processors.</value>
    public int LocalSlots { get; init; } = Environment.ProcessorCount;

    /// <summary>
    /// Whether a job that a worker could run is also run on idle cores of this machine, as far as <see cref="LocalSlots"/>, load and memory allow, or
    /// on a second worker.
    /// </summary>
    /// <value>Default: when it is late. It does not raise the cost of a build on this machine.</value>
    internal DynamicExecution Dynamic { get; init; } = DynamicExecution.Late;

    /// <summary>The folder of blobs, roots and learned data; created when missing, accessible to its owner only.</summary>
    /// <value>Not empty.</value>
    public required string StateDirectory { get; init; }

    /// <summary>The most bytes in the blob store.</summary>
    /// <value>At least 64 MiB. Default: 10 GiB.</value>
    public long StoreLimit { get; init; } = 10L << 30;

    /// <summary>The options of the agent's result cache in its state directory; null: nothing is cached, and every job is compiled.</summary>
    /// <value>Default: null.</value>
    public CacheOptions? Cache { get; init; }

    /// <summary>The increment of the niceness of remote jobs.</summary>
    /// <value>0 to 19. Default: 5.</value>
    public int Niceness { get; init; } = 5;

    /// <summary>Whether remote jobs use huge pages, where the kernel supports them: they then take less time, and a few megabytes more.</summary>
    /// <value>Default: true.</value>
    public bool HugePages { get; init; } = true;

    /// <summary>
    /// Files and folders whose content never leaves this machine: absolute paths, and paths in every home (<c>~/</c>), separated by colons. In the
    /// list <c>default</c> stands for the usual places of keys, tokens, passwords and browser profiles, <c>none</c> for nothing.
    /// </summary>
    /// <value>Default: <c>default</c>.</value>
    public string PrivateFiles { get; init; } = Inputs.Privacy.PrivateRoots.UsualWord;

    /// <summary>
    /// One in this many jobs that ran on workers is compiled again by the agent and compared byte for byte. A worker whose result differs gets no
    /// jobs of this agent for an hour.
    /// </summary>
    /// <value>1 (each) to 1,000,000. Default: null: no audits.</value>
    public int? AuditEvery { get; init; }

    /// <summary>
    /// The credentials from joining a farm. With them TCP connections use TLS, and only members of that farm are accepted. <see cref="Name"/> and
    /// <see cref="User"/> must be those of the certificate. Null: connections are unencrypted, within this machine only unless <see cref="Insecure"/>
    /// allows others.
    /// </summary>
    /// <value>Default: null. The caller owns them; the node renews them while it runs.</value>
    public NodeCredentials? Credentials { get; init; }

    /// <summary>Whether unencrypted connections to other machines are allowed. Without effect with <see cref="Credentials"/>.</summary>
    /// <value>Default: false.</value>
    public bool Insecure { get; init; }

    /// <summary>The user whose share of the farm the agent's jobs use.</summary>
    /// <value>Default: the user's name; for a user without a name <c>$USER</c>, <c>$LOGNAME</c> or <c>uid</c> and the number.</value>
    public string User { get; init; } = UserName.Own();

    /// <summary>How urgent the agent's jobs are. The scheduler may limit it by the agent's user.</summary>
    /// <value>Default: interactive.</value>
    public PriorityClass Class { get; init; }

    /// <summary>The name of the build that all jobs of the agent belong to, for people; empty: builds are identified by their folders.</summary>
    /// <value>Default: empty. At most 60 characters of it are reported.</value>
    public string Build { get; init; } = "";

    /// <summary>The time without a job after which the daemon ends: <see cref="DaemonNode.Completion"/> completes. Null: never.</summary>
    /// <value>Default: null.</value>
    public TimeSpan? IdleExit { get; init; }

    /// <summary>
    /// Whether it gives its socket to a daemon that is started later and does not yield, or that has another version: it accepts no more launchers,
    /// finishes its jobs, and <see cref="DaemonNode.Completion"/> completes. Agents started by launchers do so.
    /// </summary>
    /// <value>Default: false. Without effect on a worker.</value>
    public bool Yields { get; init; }

    /// <summary>Whether it submits no jobs to the farm.</summary>
    internal bool IsWorkerOnly => this is { Socket: null, Listen: not null };

    /// <summary>The node's roles in its farm.</summary>
    internal NodeRoles Roles => (IsWorkerOnly ? NodeRoles.None : NodeRoles.Agent) | (Listen is null ? NodeRoles.None : NodeRoles.Worker);

    /// <exception cref="ArgumentException">A value is out of its range.</exception>
    internal void Validate()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(Network);
        ArgumentException.ThrowIfNullOrWhiteSpace(Name);
        ArgumentException.ThrowIfNullOrWhiteSpace(User);
        ArgumentException.ThrowIfNullOrWhiteSpace(StateDirectory);
        Require(Slots is >= 1 and <= 4096, nameof(Slots), Slots, "1 to 4096");
        Require(LocalSlots is >= 1 and <= 4096, nameof(LocalSlots), LocalSlots, "1 to 4096");
        Require(Niceness is >= 0 and <= 19, nameof(Niceness), Niceness, "0 to 19");
        Require(AuditEvery is null or (>= 1 and <= 1_000_000), nameof(AuditEvery), AuditEvery ?? 0, "1 to 1000000");
        Require(Enum.IsDefined(Class), nameof(Class), Class, "one of the classes");
        Require(Enum.IsDefined(Dynamic), nameof(Dynamic), Dynamic, "one of the ways");
        _ = Inputs.Privacy.PrivateRoots.Entries(PrivateFiles);
        Require(StoreLimit >= 64 << 20, nameof(StoreLimit), StoreLimit, "at least 64 MiB");
        Cache?.Validate();
        if (Credentials is { Identity: var who } && (who.Name != Name || who.User != User) && !who.OwnsAgentName($"{User}@{Name}"))
        {
            throw new ArgumentException($"The node is '{Name}' of user '{User}', but its certificate is for '{who.Name}' of user '{who.User}'. To be another, it joins anew.");
        }
    }

    /// <exception cref="ArgumentException">The condition is false.</exception>
    internal static void Require(bool holds, string option, object value, string allowed)
    {
        if (!holds)
        {
            throw new ArgumentException($"{option} is {value}, but must be {allowed}.");
        }
    }
}
