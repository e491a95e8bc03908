using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using IceCream.Jobs;

namespace IceCream.Scheduling;

/// <summary>
/// Decides who may use which slot. A state machine that is told the time: it is told what happened and says what follows; it starts nothing, waits for nothing
/// and reads no clock. Its owner calls it from one thread at a time and carries out the decisions in order. The time that it is told may jump in either
/// direction, as clocks do when they are set. A node that is not known is nothing to it: what is said of such a node changes nothing.
/// </summary>
/// <remarks>Experimental: it gains methods as nodes learn to say more, and each has a body of its own then, so that a scheduler that is there already goes on.</remarks>
[Experimental(Stability)]
public interface IScheduler
{
    /// <summary>The diagnostic that a compiler gives whoever uses what may still change.</summary>
    internal const string Stability = "ICECREAM001";

    /// <summary>A worker offers its slots. A worker of a name that is known already replaces it.</summary>
    /// <param name="at">When.</param>
    /// <param name="worker">
    /// Its name, unique in the network; the architecture of its machine; how many jobs it does at a time, 0 to 4096, where what is beyond counts as the nearest of
    /// these; and why it takes no jobs, when it offers no slots.
    /// </param>
    /// <param name="address">Where it answers.</param>
    /// <param name="key">The secret with which leases on it are signed, by <see cref="SchedulerDecision.Grant"/> and <see cref="SchedulerDecision.Renew"/>.</param>
    IReadOnlyList<SchedulerDecision> AddWorker(DateTimeOffset at, NodeInfo worker, FarmAddress address, ReadOnlyMemory<byte> key);

    /// <summary>A worker is gone, and with it every lease on it.</summary>
    IReadOnlyList<SchedulerDecision> RemoveWorker(DateTimeOffset at, string worker);

    /// <summary>An agent came to ask for slots, or came back with leases that it holds from before.</summary>
    /// <param name="at">When.</param>
    /// <param name="agent">Its name, unique in the network.</param>
    /// <param name="user">Whose share it uses: agents of one user share one share.</param>
    /// <param name="platform">The architecture that its jobs need.</param>
    /// <param name="priority">How soon its jobs are wanted.</param>
    /// <param name="held">The leases that it says it holds still. It is told of each that it is renewed or revoked.</param>
    IReadOnlyList<SchedulerDecision> AddAgent(DateTimeOffset at, string agent, string user, string platform, PriorityClass priority, ImmutableArray<SlotLease> held);

    /// <summary>An agent is gone; its leases are free.</summary>
    IReadOnlyList<SchedulerDecision> RemoveAgent(DateTimeOffset at, string agent);

    /// <summary>An agent says how many slots it could use now.</summary>
    /// <param name="at">When.</param>
    /// <param name="agent">Its name.</param>
    /// <param name="wanted">The jobs that wait and the jobs that run: 0 to 4096, and what is beyond counts as the nearest of these.</param>
    IReadOnlyList<SchedulerDecision> SetDemand(DateTimeOffset at, string agent, int wanted);

    /// <summary>An agent has no more use for a lease, or was asked for it.</summary>
    /// <param name="at">When.</param>
    /// <param name="agent">Its name.</param>
    /// <param name="lease">The lease's number.</param>
    IReadOnlyList<SchedulerDecision> ReturnLease(DateTimeOffset at, string agent, long lease);

    /// <summary>Time has passed: leases that end soon are to be renewed. Called every few seconds.</summary>
    IReadOnlyList<SchedulerDecision> PassTime(DateTimeOffset at);

    /// <summary>The nodes as they are, by name.</summary>
    ImmutableArray<NodeInfo> Describe();

    /// <summary>The same as an event, as sessions tell it. What nodes report of jobs and of themselves beyond these is nothing to a scheduler of an embedder's own.</summary>
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
