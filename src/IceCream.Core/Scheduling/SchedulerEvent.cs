using System.Collections.Immutable;
using IceCream.Jobs;

namespace IceCream.Scheduling;

/// <summary>Something that happened in the farm.</summary>
/// <param name="At">When.</param>
internal abstract record SchedulerEvent(DateTimeOffset At);

/// <summary>A worker offers its slots. A worker of a name that is known already replaces it.</summary>
/// <param name="At">When.</param>
/// <param name="Worker">Its name, unique in the network.</param>
/// <param name="Address">Where it answers.</param>
/// <param name="Platform">Its architecture.</param>
/// <param name="Slots">How many jobs it does at a time: 0 to 4096, and what is beyond counts as the nearest of these.</param>
/// <param name="Key">The secret with which capabilities for it are made.</param>
/// <param name="Remark">Why it takes no jobs, when <paramref name="Slots"/> is 0.</param>
internal sealed record WorkerJoined(DateTimeOffset At, string Worker, FarmAddress Address, string Platform, int Slots, ReadOnlyMemory<byte> Key, string Remark = "")
    : SchedulerEvent(At)
{
    /// <summary>How many bytes its jobs may take together; 0 when it has not said.</summary>
    public long Memory { get; init; }
}

/// <summary>A worker is gone, and with it every lease on it.</summary>
internal sealed record WorkerLeft(DateTimeOffset At, string Worker) : SchedulerEvent(At);

/// <summary>An agent came to ask for slots, or came back with leases that it holds from before.</summary>
/// <param name="At">When.</param>
/// <param name="Agent">Its name, unique in the network.</param>
/// <param name="User">Whose share it uses: agents of one user share one share.</param>
/// <param name="Platform">The architecture that its jobs need.</param>
/// <param name="Held">The leases that it still uses.</param>
internal sealed record AgentJoined(DateTimeOffset At, string Agent, string User, string Platform, ImmutableArray<SlotLease> Held) : SchedulerEvent(At)
{
    /// <summary>How soon its jobs are wanted.</summary>
    /// <value>Default: interactive.</value>
    public PriorityClass Class { get; init; }
}

/// <summary>An agent is gone; its leases are free.</summary>
internal sealed record AgentLeft(DateTimeOffset At, string Agent) : SchedulerEvent(At);

/// <summary>How many slots an agent could use now: jobs that wait and jobs that run. 0 to 4096, and what is beyond counts as the nearest of these.</summary>
internal sealed record DemandChanged(DateTimeOffset At, string Agent, int Wanted) : SchedulerEvent(At)
{
    /// <summary>How much memory the least demanding of its waiting jobs takes, in bytes; 0 when any worker will do.</summary>
    public long LeastMemory { get; init; }
}

/// <summary>An agent has no more use for a lease, or was asked for it.</summary>
internal sealed record LeaseReturned(DateTimeOffset At, string Agent, long Lease) : SchedulerEvent(At);

/// <summary>Time has passed: leases are renewed.</summary>
internal sealed record TimePassed(DateTimeOffset At) : SchedulerEvent(At);

// What nodes report of jobs and of themselves: a scheduler of an embedder's own is not told of it.

/// <summary>A worker tells what a job has cost.</summary>
internal sealed record JobEnded(DateTimeOffset At, string Worker, CostReport Report) : SchedulerEvent(At);

/// <summary>A worker tells how loaded it is.</summary>
internal sealed record WorkerLoaded(DateTimeOffset At, string Worker, NodeLoad Load) : SchedulerEvent(At);

/// <summary>An agent says that a worker failed at a job which another did.</summary>
internal sealed record WorkerBlamed(DateTimeOffset At, string Agent, string Worker) : SchedulerEvent(At);

/// <summary>An agent says that a worker had not done a job when another had.</summary>
/// <param name="At">When.</param>
/// <param name="Agent">Who says so.</param>
/// <param name="Worker">The slower one.</param>
/// <param name="Speed">How fast it is at most, where the average worker has 1.</param>
internal sealed record WorkerOutrun(DateTimeOffset At, string Agent, string Worker, double Speed) : SchedulerEvent(At);

/// <summary>An agent tells what its jobs have cost: it has come to a scheduler that may know nothing of them.</summary>
internal sealed record CostsTold(DateTimeOffset At, string Agent, ImmutableArray<KnownCost> Costs) : SchedulerEvent(At);

/// <summary>A node's owner wants it to take no jobs any more, or again.</summary>
/// <param name="At">When.</param>
/// <param name="Worker">Its name.</param>
/// <param name="Reason">Why it shall take none, perhaps nothing; null: it may take some.</param>
internal sealed record WorkerDrained(DateTimeOffset At, string Worker, string? Reason) : SchedulerEvent(At);
