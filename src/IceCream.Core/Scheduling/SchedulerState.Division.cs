using IceCream.Jobs;

namespace IceCream.Scheduling;

/// <content>The division of one platform's slots.</content>
internal sealed partial class SchedulerState
{
    private void Divide(SlotPool pool, DateTimeOffset now, List<SchedulerDecision> decisions)
    {
        if (pool.Lacking <= pool.Free.Total && pool.Choosy == 0)
        {
            // There are enough slots: no shares need to be computed, and nothing is recalled.
            foreach (RosterAgent agent in pool.Waiting.ToArray())
            {
                while (agent.Waiting > 0)
                {
                    TryGrant(pool, agent, now, decisions);
                }
            }

            return;
        }

        RosterAgent[] claimants = [.. pool.Agents.Values.Where(agent => agent.Wanted > 0 || agent.Keeping > 0)];
        EntitleAll(claimants, pool.Capacity);
        GrantFree(pool, claimants, now, decisions);
        RecallAhead(pool, claimants, decisions);
        RecallExcess(pool, claimants, decisions);
        RecallForMemory(pool, claimants, decisions);
    }

    private static void TellCapacity(SlotPool pool, List<SchedulerDecision> decisions)
    {
        int capacity = pool.Capacity;
        long memory = pool.LargestMemory;
        foreach (RosterAgent agent in pool.Agents.Values.Where(agent => agent.Capacity != capacity || agent.LargestMemory != memory))
        {
            (agent.Capacity, agent.LargestMemory) = (capacity, memory);
            decisions.Add(new CapacityChanged(agent.Name, capacity) { LargestMemory = memory });
        }
    }

    /// <summary>
    /// Computes the share of each agent. Agents that work ahead get the slots that no other agent wants: when a job of another agent lacks a slot, a
    /// lease of theirs is recalled at once, and the job waits only until it is returned.
    /// </summary>
    private void EntitleAll(RosterAgent[] claimants, int capacity)
    {
        RosterAgent[] awaited = [.. claimants.Where(static agent => !agent.IsAhead)];
        Entitle(awaited, capacity);
        if (awaited.Length < claimants.Length)
        {
            Entitle([.. claimants.Where(static agent => agent.IsAhead)], capacity - awaited.Sum(static agent => agent.Share));
        }
    }

    /// <summary>
    /// Divides slots between users by their weights, and a user's slots between the user's agents by their classes. A user's weight is scaled by the
    /// best class among the user's agents.
    /// </summary>
    private void Entitle(RosterAgent[] claimants, int capacity)
    {
        RosterAgent[][] users = [.. claimants.GroupBy(agent => agent.User, StringComparer.Ordinal).Select(user => user.ToArray())];
        int[] parts = FairQueue.Shares(capacity, [.. users.Select(user => new FairQueue.Claim(
            (int)Math.Min(int.MaxValue, user.Sum(agent => (long)agent.Wanted)), user.Sum(agent => agent.Keeping), user.Max(agent => agent.LastServed), WeightOf(user)))]);
        for (int i = 0; i < users.Length; i++)
        {
            int[] shares = FairQueue.Shares(parts[i], [.. users[i].Select(agent => new FairQueue.Claim(agent.Wanted, agent.Keeping, agent.LastServed, WeightOf(agent.Class)))]);
            for (int j = 0; j < shares.Length; j++)
            {
                users[i][j].Share = shares[j];
            }
        }
    }

    private int WeightOf(RosterAgent[] user) =>
        Math.Max(1, (int)Math.Round((shares.GetValueOrDefault(user[0].User)?.Weight ?? 1) * user.Max(static agent => WeightOf(agent.Class))));

    /// <summary>The weight of a class, in hundredths: jobs for which a person waits weigh four times as much as jobs for which a machine waits.</summary>
    private static int WeightOf(PriorityClass priority) => priority == PriorityClass.Interactive ? 400 : 100;

    /// <summary>The class that an agent claims, limited to the best one that its user may have.</summary>
    private PriorityClass ClassOf(string user, PriorityClass claimed) =>
        shares.TryGetValue(user, out UserShare? share) && share.AtBest > claimed ? share.AtBest : claimed;

    private void GrantFree(SlotPool pool, RosterAgent[] claimants, DateTimeOffset now, List<SchedulerDecision> decisions)
    {
        // Agents below their share come first; among them those that only few workers suit, since the others can use any slot that is left; then
        // those that hold least; then those that were served longest ago. If those that lack most came first, an agent that wants little would wait
        // behind every large build that begins.
        var queue = new PriorityQueue<int, (bool Served, bool Ahead, bool Easy, int Keeping, long LastServed, int Place)>();
        for (int place = 0; place < claimants.Length && pool.Free.Count > 0; place++)
        {
            Enqueue(place);
        }

        while (pool.Free.Count > 0 && queue.TryDequeue(out int first, out _))
        {
            // An agent without a suitable free slot is not tried again: grants to others free no slot.
            if (TryGrant(pool, claimants[first], now, decisions))
            {
                Enqueue(first);
            }
        }

        void Enqueue(int place)
        {
            if (claimants[place] is { Waiting: > 0 } agent)
            {
                queue.Enqueue(place, (agent.Keeping >= agent.Share, agent.IsAhead, agent.LeastMemory == 0, agent.Keeping, agent.LastServed, place));
            }
        }
    }

    /// <returns>Whether there was a free slot that suits the agent.</returns>
    private bool TryGrant(SlotPool pool, RosterAgent agent, DateTimeOffset now, List<SchedulerDecision> decisions)
    {
        if (Place(pool, agent) is not { } worker)
        {
            return false;
        }

        var lease = new RosterLease(nextLease++, worker, agent);
        Hold(pool, lease);
        decisions.Add(new LeaseGranted(agent.Name, Extend(lease, now)));
        return true;
    }

    /// <summary>Recalls as many leases of agents that work ahead as other agents have jobs waiting, whether or not those have reached their share.</summary>
    private static void RecallAhead(SlotPool pool, RosterAgent[] claimants, List<SchedulerDecision> decisions)
    {
        long lacking = claimants.Sum(static agent => agent.IsAhead || agent.LeastMemory > 0 ? 0L : agent.Waiting) - pool.Serving;
        foreach (RosterAgent agent in claimants.Where(static agent => agent.IsAhead))
        {
            for (; lacking > 0 && agent.Keeping > agent.Share; lacking--)
            {
                Recall(pool, agent.Leases[agent.Kept.Max], decisions);
            }
        }
    }

    private static void RecallExcess(SlotPool pool, RosterAgent[] claimants, List<SchedulerDecision> decisions)
    {
        // Each lease that is already recalled, and frees a slot, will serve one job. An agent whose own leases are recalled and still in use may be
        // below its share without waiting: it lacks slots only when those leases have been returned. If a slot were freed for it sooner, that slot
        // would go to another agent and be recalled again, without end.
        long lacking = claimants.Sum(LackOf) - pool.Serving;
        var richest = new PriorityQueue<RosterAgent, (int Lack, int Place)>();
        for (int place = 0; place < claimants.Length && lacking > 0; place++)
        {
            Enqueue(claimants[place], place);
        }

        for (; lacking > 0 && richest.TryDequeue(out RosterAgent? agent, out (int Lack, int Place) rank); lacking--)
        {
            // Recalls the newest lease, because its worker has had the least time to receive this agent's files.
            Recall(pool, agent.Leases[agent.Kept.Max], decisions);
            Enqueue(agent, rank.Place);
        }

        void Enqueue(RosterAgent agent, int place)
        {
            if (agent.Keeping > agent.Share)
            {
                richest.Enqueue(agent, (agent.Share - agent.Keeping, place));
            }
        }
    }

    /// <summary>How many slots an agent lacks of its share, where any slot would suit. <see cref="RecallForMemory"/> serves agents whose jobs need much memory.</summary>
    private static long LackOf(RosterAgent agent) =>
        agent.LeastMemory > 0 ? 0 : Math.Max(0, Math.Min(Math.Min(agent.Share, agent.Wanted) - agent.Keeping, agent.Waiting));

    private static void Recall(SlotPool pool, RosterLease lease, List<SchedulerDecision> decisions)
    {
        pool.Recall(lease);
        decisions.Add(new LeaseRecalled(lease.Agent.Name, lease.Id));
    }
}
