namespace IceCream.Scheduling;

/// <content>Slots for agents that cannot use every worker, because their jobs need much memory.</content>
internal sealed partial class SchedulerState
{
    /// <summary>
    /// Recalls a lease on a large enough worker for each agent that is below its share and finds no free slot. At most one slot per agent is pending,
    /// and such agents are served first when it is returned, so that a lease is not recalled twice for one need.
    /// </summary>
    private static void RecallForMemory(SlotPool pool, RosterAgent[] claimants, List<SchedulerDecision> decisions)
    {
        if (pool.Choosy == 0)
        {
            return;
        }

        var expected = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (RosterAgent agent in claimants.Where(static agent => agent.LeastMemory > 0 && agent.Waiting > 0 && agent.Keeping < agent.Share).OrderBy(static agent => agent.LastServed))
        {
            RosterWorker[] large = [.. pool.Workers.Values.Where(worker => worker.Usable > 0 && worker.Suits(agent.LeastMemory))];
            if (large.FirstOrDefault(worker => worker.Serving > expected.GetValueOrDefault(worker.Name)) is { } coming)
            {
                expected[coming.Name] = expected.GetValueOrDefault(coming.Name) + 1;
                continue;
            }

            // Takes it from an agent that could use another worker, or that is above its share.
            RosterLease? lease = large.SelectMany(static worker => worker.Leases.Values)
                .Where(held => held.Agent != agent && held.Agent.Kept.Contains(held.Id) && (held.Agent.LeastMemory == 0 || held.Agent.Keeping > held.Agent.Share))
                .MaxBy(static held => (held.Worker.Memory, held.Id));
            if (lease is not null)
            {
                Recall(pool, lease, decisions);
                expected[lease.Worker.Name] = expected.GetValueOrDefault(lease.Worker.Name) + 1;
            }
        }
    }
}
