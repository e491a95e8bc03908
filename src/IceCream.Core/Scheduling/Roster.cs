using IceCream.Jobs;

namespace IceCream.Scheduling;

/// <summary>A worker and the leases on it.</summary>
internal sealed class RosterWorker(WorkerJoined joined)
{
    public string Name { get; } = joined.Worker;

    public FarmAddress Address { get; } = joined.Address;

    public string Platform { get; } = joined.Platform;

    public int Slots { get; } = Math.Clamp(joined.Slots, 0, SlotLease.MostPerNode);

    /// <summary>How many leases there may be on it now: fewer than its slots while it is set aside. Its pool counts on it, and changes it.</summary>
    public int Usable { get; set; } = Math.Clamp(joined.Slots, 0, SlotLease.MostPerNode);

    /// <summary>How many bytes its jobs may take together; 0 when it has not said.</summary>
    public long Memory { get; } = Math.Max(0, joined.Memory);

    public NodeLoad Load { get; set; } = NodeLoad.Unknown;

    /// <summary>How fast it would do one more job, where the average worker has 1.</summary>
    public double Speed { get; set; } = 1;

    /// <summary>Whether it was seen at work at all.</summary>
    public bool IsKnown { get; set; }

    /// <summary>When it was last given a lease, by the count of its pool.</summary>
    public long Tried { get; set; }

    public ReadOnlyMemory<byte> Key { get; } = joined.Key;

    public string Remark { get; } = joined.Remark;

    public SortedDictionary<long, RosterLease> Leases { get; } = [];

    /// <summary>How many of them are asked back.</summary>
    public int Recalled { get; set; }

    /// <summary>How many of them free a slot when they come back: not those that are there beyond <see cref="Usable"/>.</summary>
    public int Serving => Math.Max(0, Recalled - Math.Max(0, Leases.Count - Usable));

    public int Free => Math.Max(0, Usable - Leases.Count);

    /// <summary>Whether a job of so much memory can be done there. A worker that has not said how much it has takes any.</summary>
    public bool Suits(long memory) => memory <= Memory || Memory == 0;
}

/// <summary>An agent, what it wants and what it has.</summary>
internal sealed class RosterAgent(AgentJoined joined)
{
    public string Name { get; } = joined.Agent;

    public string User { get; } = joined.User;

    public string Platform { get; } = joined.Platform;

    /// <summary>How soon its jobs are wanted.</summary>
    public PriorityClass Class { get; init; }

    public bool IsAhead => Class == PriorityClass.Ahead;

    public SortedDictionary<long, RosterLease> Leases { get; } = [];

    /// <summary>The numbers of those leases that it was not asked to return.</summary>
    public SortedSet<long> Kept { get; } = [];

    public int Wanted { get; set; }

    /// <summary>How much memory the least demanding of its waiting jobs is said to take, in bytes; 0 when nothing is said.</summary>
    public long StatedMemory { get; set; }

    /// <summary>The same; 0 when every worker has as much, so that any will do.</summary>
    public long LeastMemory { get; set; }

    /// <summary>The most memory that a worker was said to have when it was last told, or -1.</summary>
    public long LargestMemory { get; set; } = -1;

    /// <summary>How long its jobs take on an average worker, in seconds.</summary>
    public double TypicalSeconds { get; set; } = 1;

    /// <summary>The workers that have done a job for it lately, and so have its compiler and most of its headers.</summary>
    public HashSet<string> Warm { get; } = new(StringComparer.Ordinal);

    /// <summary>The lease that it got last, or 0.</summary>
    public long LastServed { get; set; }

    /// <summary>How many slots it was told there are, or -1.</summary>
    public int Capacity { get; set; } = -1;

    /// <summary>What it is entitled to, as of the last division in which somebody lacked something.</summary>
    public int Share { get; set; }

    /// <summary>How many leases it has and was not asked to return.</summary>
    public int Keeping => Kept.Count;

    public int Waiting => Math.Max(0, Wanted - Leases.Count);
}

/// <summary>A slot in use.</summary>
internal sealed class RosterLease(long id, RosterWorker worker, RosterAgent agent)
{
    public long Id { get; } = id;

    /// <summary>Replaced when the worker comes back under its name.</summary>
    public RosterWorker Worker { get; set; } = worker;

    /// <summary>Replaced when the agent comes back under its name.</summary>
    public RosterAgent Agent { get; set; } = agent;

    /// <summary>Its order among the others depends on it: only they change it.</summary>
    public DateTimeOffset Expires { get; set; }
}
