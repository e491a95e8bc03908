using System.Diagnostics.CodeAnalysis;
using IceCream.Jobs;

namespace IceCream.Scheduling;

/// <summary>A decision of a scheduler that one agent must be told.</summary>
[Experimental(IScheduler.Stability)]
public abstract record SchedulerDecision
{
    private protected SchedulerDecision(string agent) => Agent = agent;

    /// <summary>The agent that is to be told.</summary>
    public string Agent { get; }

    /// <summary>The agent may use a slot.</summary>
    /// <param name="agent">The agent.</param>
    /// <param name="lease">The lease. This method adds the capability that the worker verifies.</param>
    /// <param name="key">The worker's secret.</param>
    public static SchedulerDecision Grant(string agent, SlotLease lease, ReadOnlyMemory<byte> key) => new LeaseGranted(agent, Signed(agent, lease, key));

    /// <summary>The agent keeps a lease for longer: the same lease with a later end.</summary>
    /// <inheritdoc cref="Grant" path="/param"/>
    public static SchedulerDecision Renew(string agent, SlotLease lease, ReadOnlyMemory<byte> key) => new LeaseRenewed(agent, Signed(agent, lease, key));

    /// <summary>The agent must return a lease as soon as its job has ended: others have a better claim.</summary>
    /// <param name="agent">The agent.</param>
    /// <param name="lease">The lease's number.</param>
    public static SchedulerDecision Recall(string agent, long lease) => new LeaseRecalled(agent, lease);

    /// <summary>A lease is void: its worker has left or offers fewer slots, or the lease never existed.</summary>
    /// <inheritdoc cref="Recall" path="/param"/>
    public static SchedulerDecision Revoke(string agent, long lease) => new LeaseRevoked(agent, lease);

    /// <summary>The total number of slots that the agent's jobs could use. An agent runs its jobs itself until it is told that there are some.</summary>
    /// <param name="agent">The agent.</param>
    /// <param name="slots">0 or more; 0 means that waiting is pointless.</param>
    public static SchedulerDecision Capacity(string agent, int slots) => new CapacityChanged(agent, slots);

    private static SlotLease Signed(string agent, SlotLease lease, ReadOnlyMemory<byte> key)
    {
        ArgumentNullException.ThrowIfNull(agent);
        ArgumentNullException.ThrowIfNull(lease);
        return lease with { Capability = LeaseCapability.Create(key.Span, lease.Id, agent, lease.Expires) };
    }
}

/// <summary>The agent may use a slot.</summary>
internal sealed record LeaseGranted(string Agent, SlotLease Lease) : SchedulerDecision(Agent);

/// <summary>The agent keeps a lease for longer: the same lease with a later end and a new capability.</summary>
internal sealed record LeaseRenewed(string Agent, SlotLease Lease) : SchedulerDecision(Agent);

/// <summary>The agent must return a lease as soon as its job has ended: others have a better claim.</summary>
internal sealed record LeaseRecalled(string Agent, long Lease) : SchedulerDecision(Agent);

/// <summary>A lease is void: its worker has left or offers fewer slots, or the lease never existed.</summary>
internal sealed record LeaseRevoked(string Agent, long Lease) : SchedulerDecision(Agent);

/// <summary>The total number of slots that the agent's jobs could use; 0 means that waiting is pointless.</summary>
internal sealed record CapacityChanged(string Agent, int Slots) : SchedulerDecision(Agent)
{
    /// <summary>The largest memory of a worker among them, in bytes; <see cref="long.MaxValue"/> when one has not reported its memory.</summary>
    public long LargestMemory { get; init; } = long.MaxValue;
}
