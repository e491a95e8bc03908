using IceCream.Jobs;

namespace IceCream.Scheduling;

internal sealed class RosterWorker(WorkerJoined joined)
{
    public string Name { get; } = joined.Worker;

    public FarmAddress Address { get; } = joined.Address;

    public string Platform { get; } = joined.Platform;

    public int Slots { get; } = Math.Clamp(joined.Slots, 0, SlotLease.MostPerNode);

    /// <summary>
    /// The most leases that it may have now: fewer than its slots while it is restricted. Only its pool may set it, because the pool's sums depend on
    /// it.
    /// </summary>
    public int Usable { get; set; } = Math.Clamp(joined.Slots, 0, SlotLease.MostPerNode);

    /// <summary>The memory limit of all its jobs together, in bytes; 0 when it has not been reported.</summary>
    public long Memory { get; } = Math.Max(0, joined.Memory);

    public NodeLoad Load { get; set; } = NodeLoad.Unknown;

    /// <summary>The speed at which it would run one more job, where the average worker has 1.</summary>
    public double Speed { get; set; } = 1;

    /// <summary>Whether its speed was ever measured.</summary>
    public bool IsKnown { get; set; }

    /// <summary>When it was last given a lease, by the count of its pool.</summary>
    public long Tried { get; set; }

    public ReadOnlyMemory<byte> Key { get; } = joined.Key;

    public string Remark { get; } = joined.Remark;

    public SortedDictionary<long, RosterLease> Leases { get; } = [];

    /// <summary>How many of its leases are recalled.</summary>
    public int Recalled { get; set; }

    /// <summary>How many of the recalled leases will free a usable slot: not those beyond <see cref="Usable"/>.</summary>
    public int Serving => Math.Max(0, Recalled - Math.Max(0, Leases.Count - Usable));

    public int Free => Math.Max(0, Usable - Leases.Count);

    /// <summary>Whether a job that needs this much memory can run there. A worker that has not reported its memory takes any.</summary>
    public bool Suits(long memory) => memory <= Memory || Memory == 0;
}

internal sealed class RosterAgent(AgentJoined joined)
{
    public string Name { get; } = joined.Agent;

    public string User { get; } = joined.User;

    public string Platform { get; } = joined.Platform;

    /// <summary>How urgent its jobs are.</summary>
    public PriorityClass Class { get; init; }

    public bool IsAhead => Class == PriorityClass.Ahead;

    public SortedDictionary<long, RosterLease> Leases { get; } = [];

    /// <summary>The numbers of its leases that have not been recalled.</summary>
    public SortedSet<long> Kept { get; } = [];

    public int Wanted { get; set; }

    /// <summary>The memory that the least demanding of its waiting jobs is reported to need, in bytes; 0 when nothing is reported.</summary>
    public long StatedMemory { get; set; }

    /// <summary>The same; 0 when every worker has that much, so that any worker suits.</summary>
    public long LeastMemory { get; set; }

    /// <summary>The largest worker memory that the agent was last told, or -1.</summary>
    public long LargestMemory { get; set; } = -1;

    /// <summary>How long its jobs take on an average worker, in seconds.</summary>
    public double TypicalSeconds { get; set; } = 1;

    /// <summary>The workers that have run a job for it recently, and so have its toolchain and most of its headers.</summary>
    public HashSet<string> Warm { get; } = new(StringComparer.Ordinal);

    /// <summary>The number of its latest lease, or 0.</summary>
    public long LastServed { get; set; }

    /// <summary>The capacity that it was last told, or -1.</summary>
    public int Capacity { get; set; } = -1;

    /// <summary>The number of slots that it is entitled to, as of the last division in which slots were short.</summary>
    public int Share { get; set; }

    /// <summary>How many leases it has that were not recalled.</summary>
    public int Keeping => Kept.Count;

    public int Waiting => Math.Max(0, Wanted - Leases.Count);
}

/// <summary>A slot in use.</summary>
internal sealed class RosterLease(long id, RosterWorker worker, RosterAgent agent)
{
    public long Id { get; } = id;

    /// <summary>The worker. It is replaced when the worker reconnects under its name.</summary>
    public RosterWorker Worker { get; set; } = worker;

    /// <summary>The agent. It is replaced when the agent reconnects under its name.</summary>
    public RosterAgent Agent { get; set; } = agent;

    /// <summary>Its end. Only <see cref="LeaseEnds"/> may set it, because its order there depends on it.</summary>
    public DateTimeOffset Expires { get; set; }

    /// <summary>Whether its agent has told that the worker was slow with it.</summary>
    public bool WasOutrun { get; set; }
}
