using System.Diagnostics.CodeAnalysis;
using IceCream.Jobs;

namespace IceCream.Scheduling;

/// <summary>What follows from what a scheduler was told, for one agent.</summary>
[Experimental(IScheduler.Stability)]
public abstract record SchedulerDecision
{
    private protected SchedulerDecision(string agent) => Agent = agent;

    /// <summary>Who is to be told.</summary>
    public string Agent { get; }

    /// <summary>The agent may use a slot.</summary>
    /// <param name="agent">The agent.</param>
    /// <param name="lease">The lease. What the worker checks is made here.</param>
    /// <param name="key">The worker's secret.</param>
    public static SchedulerDecision Grant(string agent, SlotLease lease, ReadOnlyMemory<byte> key) => new LeaseGranted(agent, Signed(agent, lease, key));

    /// <summary>The agent keeps a lease for longer: the same lease with a later end.</summary>
    /// <inheritdoc cref="Grant" path="/param"/>
    public static SchedulerDecision Renew(string agent, SlotLease lease, ReadOnlyMemory<byte> key) => new LeaseRenewed(agent, Signed(agent, lease, key));

    /// <summary>The agent shall return a lease as soon as its job has ended: others have a better claim.</summary>
    /// <param name="agent">The agent.</param>
    /// <param name="lease">The lease's number.</param>
    public static SchedulerDecision Recall(string agent, long lease) => new LeaseRecalled(agent, lease);

    /// <summary>A lease is void: its worker is gone or offers fewer slots, or there never was such a lease.</summary>
    /// <inheritdoc cref="Recall" path="/param"/>
    public static SchedulerDecision Revoke(string agent, long lease) => new LeaseRevoked(agent, lease);

    /// <summary>How many slots there are at all that the agent's jobs could use. An agent that was not told that there are some does its jobs itself.</summary>
    /// <param name="agent">The agent.</param>
    /// <param name="slots">0 or more: 0 means that waiting is in vain.</param>
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

/// <summary>The agent shall return a lease as soon as its job has ended: others have a better claim.</summary>
internal sealed record LeaseRecalled(string Agent, long Lease) : SchedulerDecision(Agent);

/// <summary>A lease is void: its worker is gone or offers fewer slots, or there never was such a lease.</summary>
internal sealed record LeaseRevoked(string Agent, long Lease) : SchedulerDecision(Agent);

/// <summary>How many slots there are at all that the agent's jobs could use: 0 means that waiting is in vain.</summary>
internal sealed record CapacityChanged(string Agent, int Slots) : SchedulerDecision(Agent)
{
    /// <summary>The most memory that one of their workers has, in bytes; <see cref="long.MaxValue"/> when one has not said.</summary>
    public long LargestMemory { get; init; } = long.MaxValue;
}
