using System.Collections.Immutable;
using IceCream.Jobs;

namespace IceCream.Scheduling;

/// <content>The methods of <see cref="IScheduler"/>: each of them applies an event.</content>
internal sealed partial class SchedulerState
{
    /// <inheritdoc/>
    public IReadOnlyList<SchedulerDecision> AddWorker(DateTimeOffset at, NodeInfo worker, FarmAddress address, ReadOnlyMemory<byte> key) =>
        Apply(new WorkerJoined(at, worker.Name, address, worker.Platform, worker.Slots, key, worker.Remark) { Memory = worker.Memory });

    /// <inheritdoc/>
    public IReadOnlyList<SchedulerDecision> RemoveWorker(DateTimeOffset at, string worker) => Apply(new WorkerLeft(at, worker));

    /// <inheritdoc/>
    public IReadOnlyList<SchedulerDecision> AddAgent(DateTimeOffset at, string agent, string user, string platform, PriorityClass priority, ImmutableArray<SlotLease> held) =>
        Apply(new AgentJoined(at, agent, user, platform, held) { Class = priority });

    /// <inheritdoc/>
    public IReadOnlyList<SchedulerDecision> RemoveAgent(DateTimeOffset at, string agent) => Apply(new AgentLeft(at, agent));

    /// <inheritdoc/>
    public IReadOnlyList<SchedulerDecision> SetDemand(DateTimeOffset at, string agent, int wanted) => Apply(new DemandChanged(at, agent, wanted));

    /// <inheritdoc/>
    public IReadOnlyList<SchedulerDecision> ReturnLease(DateTimeOffset at, string agent, long lease) => Apply(new LeaseReturned(at, agent, lease));

    /// <inheritdoc/>
    public IReadOnlyList<SchedulerDecision> PassTime(DateTimeOffset at) => Apply(new TimePassed(at));
}
