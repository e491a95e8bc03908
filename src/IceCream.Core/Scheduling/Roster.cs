using IceCream.Jobs;

namespace IceCream.Scheduling;

/// <summary>A worker and the leases on it.</summary>
internal sealed class RosterWorker(WorkerJoined joined)
{
    public string Name { get; } = joined.Worker;

    public FarmAddress Address { get; } = joined.Address;

    public string Platform { get; } = joined.Platform;

    public int Slots { get; } = Math.Clamp(joined.Slots, 0, SlotLease.MostPerNode);

    public ReadOnlyMemory<byte> Key { get; } = joined.Key;

    public string Remark { get; } = joined.Remark;

    public SortedDictionary<long, RosterLease> Leases { get; } = [];
}

/// <summary>An agent, what it wants and what it has.</summary>
internal sealed class RosterAgent(AgentJoined joined)
{
    public string Name { get; } = joined.Agent;

    public string User { get; } = joined.User;

    public string Platform { get; } = joined.Platform;

    public SortedDictionary<long, RosterLease> Leases { get; } = [];

    /// <summary>The numbers of those leases that it was not asked to return.</summary>
    public SortedSet<long> Kept { get; } = [];

    public int Wanted { get; set; }

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
