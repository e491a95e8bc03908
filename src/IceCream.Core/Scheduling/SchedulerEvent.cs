using System.Collections.Immutable;
using IceCream.Jobs;

namespace IceCream.Scheduling;

/// <summary>Something that happened in the farm.</summary>
/// <param name="At">When.</param>
internal abstract record SchedulerEvent(DateTimeOffset At);

/// <summary>A worker offers its slots. It replaces a known worker of the same name.</summary>
/// <param name="At">When.</param>
/// <param name="Worker">Its name, unique in the network.</param>
/// <param name="Address">The address at which it listens.</param>
/// <param name="Platform">Its architecture.</param>
/// <param name="Slots">How many jobs it runs at a time, clamped to 0 to 4096.</param>
/// <param name="Key">The secret with which capabilities for it are made.</param>
/// <param name="Remark">Why it accepts no jobs, when <paramref name="Slots"/> is 0.</param>
internal sealed record WorkerJoined(DateTimeOffset At, string Worker, FarmAddress Address, string Platform, int Slots, ReadOnlyMemory<byte> Key, string Remark = "")
    : SchedulerEvent(At)
{
    /// <summary>The memory limit of all its jobs together, in bytes; 0 when it has not been reported.</summary>
    public long Memory { get; init; }
}

/// <summary>A worker has left, and all leases on it end.</summary>
internal sealed record WorkerLeft(DateTimeOffset At, string Worker) : SchedulerEvent(At);

/// <summary>An agent has connected to ask for slots, or has reconnected with leases that it still holds.</summary>
/// <param name="At">When.</param>
/// <param name="Agent">Its name, unique in the network.</param>
/// <param name="User">The user whose share it uses: all agents of a user have one share.</param>
/// <param name="Platform">The architecture that its jobs need.</param>
/// <param name="Held">The leases that it still uses.</param>
internal sealed record AgentJoined(DateTimeOffset At, string Agent, string User, string Platform, ImmutableArray<SlotLease> Held) : SchedulerEvent(At)
{
    /// <summary>How urgent its jobs are.</summary>
    /// <value>Default: interactive.</value>
    public PriorityClass Class { get; init; }
}

/// <summary>An agent has left; its leases are free.</summary>
internal sealed record AgentLeft(DateTimeOffset At, string Agent) : SchedulerEvent(At);

/// <summary>How many slots an agent could use now: the number of waiting and running jobs, clamped to 0 to 4096.</summary>
internal sealed record DemandChanged(DateTimeOffset At, string Agent, int Wanted) : SchedulerEvent(At)
{
    /// <summary>The memory that the least demanding of its waiting jobs needs, in bytes; 0 when any worker suits.</summary>
    public long LeastMemory { get; init; }
}

/// <summary>An agent returns a lease, because it has no more use for it or because the lease was recalled.</summary>
internal sealed record LeaseReturned(DateTimeOffset At, string Agent, long Lease) : SchedulerEvent(At);

/// <summary>Time has passed: leases are renewed.</summary>
internal sealed record TimePassed(DateTimeOffset At) : SchedulerEvent(At);

// Reports of nodes about jobs and about themselves. Schedulers of an embedder do not receive them.

/// <summary>A worker reports the cost of a job.</summary>
internal sealed record JobEnded(DateTimeOffset At, string Worker, CostReport Report) : SchedulerEvent(At);

/// <summary>A worker reports its load.</summary>
internal sealed record WorkerLoaded(DateTimeOffset At, string Worker, NodeLoad Load) : SchedulerEvent(At);

/// <summary>An agent reports that a worker failed at a job that another worker then did.</summary>
internal sealed record WorkerBlamed(DateTimeOffset At, string Agent, string Worker) : SchedulerEvent(At);

/// <summary>An agent reports that a worker had not finished a job when another one had.</summary>
/// <param name="At">When.</param>
/// <param name="Agent">The reporting agent.</param>
/// <param name="Worker">The slower worker.</param>
/// <param name="Speed">The upper bound of its speed, where the average worker has 1.</param>
internal sealed record WorkerOutrun(DateTimeOffset At, string Agent, string Worker, double Speed) : SchedulerEvent(At);

/// <summary>An agent reports the costs that it has learned, because the scheduler that it has connected to may not know them.</summary>
internal sealed record CostsTold(DateTimeOffset At, string Agent, ImmutableArray<KnownCost> Costs) : SchedulerEvent(At);

/// <summary>A node's owner drains the node, or lets it take jobs again.</summary>
/// <param name="At">When.</param>
/// <param name="Worker">Its name.</param>
/// <param name="Reason">Why it is drained, possibly empty; null: it may take jobs.</param>
internal sealed record WorkerDrained(DateTimeOffset At, string Worker, string? Reason) : SchedulerEvent(At);
