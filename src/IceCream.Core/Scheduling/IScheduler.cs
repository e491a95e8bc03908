using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using IceCream.Jobs;

namespace IceCream.Scheduling;

/// <summary>
/// Decides which agent may use which slot. A pure state machine: it receives events with their time and returns decisions; it starts nothing, waits
/// for nothing and reads no clock. Its owner calls it from one thread at a time and carries out the decisions in order. The times may jump in either
/// direction, as clocks do when they are set. Calls about unknown nodes change nothing.
/// </summary>
/// <remarks>
/// Experimental: it gains methods when nodes learn to report more. Each new method has a default body, so that existing implementations continue to
/// work.
/// </remarks>
[Experimental(Stability)]
public interface IScheduler
{
    /// <summary>The diagnostic that the compiler reports where the unstable API is used.</summary>
    internal const string Stability = "ICECREAM001";

    /// <summary>A worker offers its slots. It replaces a known worker of the same name.</summary>
    /// <param name="at">When.</param>
    /// <param name="worker">
    /// Its name, unique in the network; the architecture of its machine; how many jobs it runs at a time, clamped to 0 to 4096; and why it accepts no
    /// jobs, when it offers no slots.
    /// </param>
    /// <param name="address">The address at which it listens.</param>
    /// <param name="key">The secret with which leases on it are signed, by <see cref="SchedulerDecision.Grant"/> and <see cref="SchedulerDecision.Renew"/>.</param>
    IReadOnlyList<SchedulerDecision> AddWorker(DateTimeOffset at, NodeInfo worker, FarmAddress address, ReadOnlyMemory<byte> key);

    /// <summary>A worker has left, and all leases on it end.</summary>
    IReadOnlyList<SchedulerDecision> RemoveWorker(DateTimeOffset at, string worker);

    /// <summary>An agent has connected to ask for slots, or has reconnected with leases that it still holds.</summary>
    /// <param name="at">When.</param>
    /// <param name="agent">Its name, unique in the network.</param>
    /// <param name="user">The user whose share it uses: all agents of a user have one share.</param>
    /// <param name="platform">The architecture that its jobs need.</param>
    /// <param name="priority">How urgent its jobs are.</param>
    /// <param name="held">The leases that it claims to hold. For each one a decision renews or revokes it.</param>
    IReadOnlyList<SchedulerDecision> AddAgent(DateTimeOffset at, string agent, string user, string platform, PriorityClass priority, ImmutableArray<SlotLease> held);

    /// <summary>An agent has left; its leases are free.</summary>
    IReadOnlyList<SchedulerDecision> RemoveAgent(DateTimeOffset at, string agent);

    /// <summary>An agent reports how many slots it could use now.</summary>
    /// <param name="at">When.</param>
    /// <param name="agent">Its name.</param>
    /// <param name="wanted">The number of waiting and running jobs, clamped to 0 to 4096.</param>
    IReadOnlyList<SchedulerDecision> SetDemand(DateTimeOffset at, string agent, int wanted);

    /// <summary>An agent returns a lease, because it has no more use for it or because the lease was recalled.</summary>
    /// <param name="at">When.</param>
    /// <param name="agent">Its name.</param>
    /// <param name="lease">The lease's number.</param>
    IReadOnlyList<SchedulerDecision> ReturnLease(DateTimeOffset at, string agent, long lease);

    /// <summary>Time has passed: leases that end soon are to be renewed. The owner calls it every few seconds.</summary>
    IReadOnlyList<SchedulerDecision> PassTime(DateTimeOffset at);

    /// <summary>All nodes in their current state, by name.</summary>
    ImmutableArray<NodeInfo> Describe();

    /// <summary>
    /// The same calls as one event, in the form that sessions use. Schedulers of an embedder do not receive the reports of nodes that have no method
    /// here.
    /// </summary>
    internal IReadOnlyList<SchedulerDecision> Apply(SchedulerEvent occurred) => occurred switch
    {
        WorkerJoined joined => AddWorker(
            joined.At,
            new NodeInfo { Name = joined.Worker, Address = joined.Address.ToString(), Platform = joined.Platform, Slots = joined.Slots, Remark = joined.Remark, Memory = joined.Memory },
            joined.Address, joined.Key),
        WorkerLeft left => RemoveWorker(left.At, left.Worker),
        AgentJoined joined => AddAgent(joined.At, joined.Agent, joined.User, joined.Platform, joined.Class, joined.Held),
        AgentLeft left => RemoveAgent(left.At, left.Agent),
        DemandChanged changed => SetDemand(changed.At, changed.Agent, changed.Wanted),
        LeaseReturned returned => ReturnLease(returned.At, returned.Agent, returned.Lease),
        TimePassed passed => PassTime(passed.At),
        _ => [],
    };
}
