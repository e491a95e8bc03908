using System.Collections.Immutable;
using IceCream.Caching;
using IceCream.Identity;
using IceCream.Jobs;
using IceCream.Platform;

namespace IceCream.Nodes;

/// <summary>How a daemon is set up: the agent of this machine's users, a worker for others, or both.</summary>
public sealed record DaemonNodeOptions
{
    /// <summary>The scheduler's address; null: found by broadcast, again and again until one answers.</summary>
    /// <value>Default: null.</value>
    public FarmAddress? Scheduler { get; init; }

    /// <summary>
    /// Other schedulers of the network, in the order in which they are gone to when <see cref="Scheduler"/> does not answer; when one that is named earlier answers
    /// again, the node goes back to it. Every node of a network must name the same in the same order.
    /// </summary>
    /// <value>Default: none. Without effect when <see cref="Scheduler"/> is null.</value>
    public ImmutableArray<FarmAddress> Standbys { get; init; } = [];

    /// <summary>How often a node that is with a standby asks whether an earlier scheduler answers again.</summary>
    internal TimeSpan AskEarlierEvery { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The network's name.</summary>
    /// <value>Not empty. Default: <c>ICECREAM</c>.</value>
    public string Network { get; init; } = "ICECREAM";

    /// <summary>The node's name, unique in its network.</summary>
    /// <value>Default: the host's name.</value>
    public string Name { get; init; } = Environment.MachineName is { Length: > 0 } host ? host : "localhost";

    /// <summary>The path of the Unix socket at which launchers find the agent; null: launchers find none. A daemon that has neither this nor <see cref="Listen"/> is the agent of this process alone.</summary>
    /// <value>At most 107 bytes in UTF-8. Default: null.</value>
    public string? Socket { get; init; }

    /// <summary>Where agents find the worker; null: no worker.</summary>
    /// <value>Port 0 stands for any that is free. Default: null.</value>
    public FarmAddress? Listen { get; init; }

    /// <summary>The address that others are told; null: <see cref="Listen"/>, or when that is a wildcard the address by which the scheduler is reached.</summary>
    /// <value>Default: null.</value>
    public FarmAddress? Advertise { get; init; }

    /// <summary>How many jobs of others at a time.</summary>
    /// <value>1 to 4096. Default: the number of processors.</value>
    public int Slots { get; init; } = Environment.ProcessorCount;

    /// <summary>How many bytes the jobs of others may take together; 0: nobody counts; null: nine tenths of what the machine, or its control group, has.</summary>
    internal long? Memory { get; init; }

    /// <summary>How many commands of each class (compile, link, preprocess) may run on this machine at a time for its own users.</summary>
    /// <value>1 to 4096. Default: the number of processors.</value>
    public int LocalSlots { get; init; } = Environment.ProcessorCount;

    /// <summary>
    /// When a job that a worker could do is done on idle cores of this machine as well, as many as <see cref="LocalSlots"/>, its load and its memory allow, or on a
    /// second worker.
    /// </summary>
    /// <value>Default: when it is late. What a build costs this machine stays what it is without.</value>
    internal DynamicExecution Dynamic { get; init; } = DynamicExecution.Late;

    /// <summary>The folder in which blobs, roots and what is remembered lie; made when absent, for its owner alone.</summary>
    /// <value>Not empty.</value>
    public required string StateDirectory { get; init; }

    /// <summary>How many bytes the blob store may hold.</summary>
    /// <value>At least 64 MiB. Default: 10 GiB.</value>
    public long StoreLimit { get; init; } = 10L << 30;

    /// <summary>How the agent keeps the results of compiles, in its state directory; null: it keeps none, and every job is compiled.</summary>
    /// <value>Default: null.</value>
    public CacheOptions? Cache { get; init; }

    /// <summary>Added to the niceness of remote jobs.</summary>
    /// <value>0 to 19. Default: 5.</value>
    public int Niceness { get; init; } = 5;

    /// <summary>Whether remote jobs get their memory in huge pages, where the kernel has them: they then take less time, and a few megabytes more.</summary>
    /// <value>Default: true.</value>
    public bool HugePages { get; init; } = true;

    /// <summary>
    /// Files and folders whose content never leaves this machine: absolute paths, and paths below every home (<c>~/</c>), with a colon between.
    /// <c>default</c> in the list stands for where keys, tokens, passwords and browsers' profiles usually lie, <c>none</c> for nothing.
    /// </summary>
    /// <value>Default: <c>default</c>.</value>
    public string PrivateFiles { get; init; } = Inputs.Privacy.PrivateRoots.UsualWord;

    /// <summary>
    /// Of how many jobs that workers did one is compiled again by the agent, and compared byte for byte: a worker whose result differs gets no jobs of
    /// this agent for an hour.
    /// </summary>
    /// <value>1 (each) to 1,000,000. Default: null, which is none.</value>
    public int? AuditEvery { get; init; }

    /// <summary>
    /// What the machine got when it joined its farm: then TCP is spoken within TLS, and with that farm alone. <see cref="Name"/> and <see cref="User"/> must be those of
    /// the certificate. Null: in the clear, within this machine, and with others only where <see cref="Insecure"/> allows that.
    /// </summary>
    /// <value>Default: null. They belong to whoever made them, and are renewed while the node runs.</value>
    public NodeCredentials? Credentials { get; init; }

    /// <summary>Whether the node may speak in the clear to other machines. Without effect where there are <see cref="Credentials"/>.</summary>
    /// <value>Default: false.</value>
    public bool Insecure { get; init; }

    /// <summary>Whose share of the farm the agent's jobs use.</summary>
    /// <value>Default: the user's name; of one whom the system does not know, <c>$USER</c>, <c>$LOGNAME</c> or <c>uid</c> and the number.</value>
    public string User { get; init; } = UserName.Own();

    /// <summary>How soon the jobs of the agent are wanted. The scheduler may know better, by the agent's user.</summary>
    /// <value>Default: interactive.</value>
    public PriorityClass Class { get; init; }

    /// <summary>What the build is called that all jobs of the agent belong to, for people; empty: nobody has said so, and builds are told by their folders.</summary>
    /// <value>Default: empty. At most 60 characters of it are told.</value>
    public string Build { get; init; } = "";

    /// <summary>The daemon ends after so long without a job: <see cref="DaemonNode.Completion"/> completes. Null: never.</summary>
    /// <value>Default: null.</value>
    public TimeSpan? IdleExit { get; init; }

    /// <summary>
    /// Whether it gives its socket to a daemon that is started after it and does not yield, or to one of another version: it takes no more
    /// launchers, ends what it has under way, and <see cref="DaemonNode.Completion"/> completes. So are the agents that launchers start.
    /// </summary>
    /// <value>Default: false. Without effect on a worker.</value>
    public bool Yields { get; init; }

    /// <summary>Whether it takes no jobs to the farm.</summary>
    internal bool IsWorkerOnly => this is { Socket: null, Listen: not null };

    /// <summary>What the node is in its farm.</summary>
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

    /// <exception cref="ArgumentException">It does not hold.</exception>
    internal static void Require(bool holds, string option, object value, string allowed)
    {
        if (!holds)
        {
            throw new ArgumentException($"{option} is {value}, but must be {allowed}.");
        }
    }
}
