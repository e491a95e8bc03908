using System.Collections.Immutable;
using IceCream.Jobs;

namespace IceCream.Scheduling;

/// <summary>
/// Decides who may use which slot. A state machine that is told the time: events in, decisions out; it starts nothing, waits for nothing
/// and reads no clock. Its owner calls it from one thread at a time and carries out the decisions in order.
/// </summary>
public interface IScheduler
{
    /// <summary>Takes note of an event and says what follows from it.</summary>
    /// <param name="occurred">What happened, in the order in which it did. Its time may jump in either direction, as clocks do when they are set.</param>
    IReadOnlyList<SchedulerDecision> Apply(SchedulerEvent occurred);

    /// <summary>The nodes as they are, by name.</summary>
    ImmutableArray<NodeInfo> Describe();
}

/// <summary>Something that happened in the farm.</summary>
/// <param name="At">When.</param>
public abstract record SchedulerEvent(DateTimeOffset At);

/// <summary>A worker offers its slots. A worker of a name that is known already replaces it.</summary>
/// <param name="At">When.</param>
/// <param name="Worker">Its name, unique in the network.</param>
/// <param name="Address">Where it answers.</param>
/// <param name="Platform">Its architecture.</param>
/// <param name="Slots">How many jobs it does at a time: 0 to 4096, and what is beyond counts as the nearest of these.</param>
/// <param name="Key">The secret with which capabilities for it are made.</param>
/// <param name="Remark">Why it takes no jobs, when <paramref name="Slots"/> is 0.</param>
public sealed record WorkerJoined(DateTimeOffset At, string Worker, FarmAddress Address, string Platform, int Slots, ReadOnlyMemory<byte> Key, string Remark = "")
    : SchedulerEvent(At)
{
    /// <summary>How many bytes its jobs may take together; 0 when it has not said.</summary>
    internal long Memory { get; init; }
}

/// <summary>A worker is gone, and with it every lease on it.</summary>
public sealed record WorkerLeft(DateTimeOffset At, string Worker) : SchedulerEvent(At);

/// <summary>An agent came to ask for slots, or came back with leases that it holds from before.</summary>
/// <param name="At">When.</param>
/// <param name="Agent">Its name, unique in the network.</param>
/// <param name="User">Whose share it uses: agents of one user share one share.</param>
/// <param name="Platform">The architecture that its jobs need.</param>
/// <param name="Held">The leases that it still uses.</param>
public sealed record AgentJoined(DateTimeOffset At, string Agent, string User, string Platform, ImmutableArray<SlotLease> Held) : SchedulerEvent(At)
{
    /// <summary>How soon its jobs are wanted.</summary>
    /// <value>Default: interactive.</value>
    public PriorityClass Class { get; init; }
}

/// <summary>An agent is gone; its leases are free.</summary>
public sealed record AgentLeft(DateTimeOffset At, string Agent) : SchedulerEvent(At);

/// <summary>How many slots an agent could use now: jobs that wait and jobs that run. 0 to 4096, and what is beyond counts as the nearest of these.</summary>
public sealed record DemandChanged(DateTimeOffset At, string Agent, int Wanted) : SchedulerEvent(At)
{
    /// <summary>How much memory the least demanding of its waiting jobs takes, in bytes; 0 when any worker will do.</summary>
    internal long LeastMemory { get; init; }
}

/// <summary>An agent has no more use for a lease, or was asked for it.</summary>
public sealed record LeaseReturned(DateTimeOffset At, string Agent, long Lease) : SchedulerEvent(At);

/// <summary>Time has passed: leases are renewed.</summary>
public sealed record TimePassed(DateTimeOffset At) : SchedulerEvent(At);

/// <summary>What follows from an event, for one agent.</summary>
/// <param name="Agent">Who is to be told.</param>
public abstract record SchedulerDecision(string Agent);

/// <summary>The agent may use a slot.</summary>
public sealed record LeaseGranted(string Agent, SlotLease Lease) : SchedulerDecision(Agent);

/// <summary>The agent keeps a lease for longer: the same lease with a later end and a new capability.</summary>
public sealed record LeaseRenewed(string Agent, SlotLease Lease) : SchedulerDecision(Agent);

/// <summary>The agent shall return a lease as soon as its job has ended: others have a better claim.</summary>
public sealed record LeaseRecalled(string Agent, long Lease) : SchedulerDecision(Agent);

/// <summary>A lease is void: its worker is gone or offers fewer slots, or there never was such a lease.</summary>
public sealed record LeaseRevoked(string Agent, long Lease) : SchedulerDecision(Agent);

/// <summary>How many slots there are at all that the agent's jobs could use: 0 means that waiting is in vain.</summary>
public sealed record CapacityChanged(string Agent, int Slots) : SchedulerDecision(Agent)
{
    /// <summary>The most memory that one of their workers has, in bytes; <see cref="long.MaxValue"/> when one has not said.</summary>
    internal long LargestMemory { get; init; } = long.MaxValue;
}
