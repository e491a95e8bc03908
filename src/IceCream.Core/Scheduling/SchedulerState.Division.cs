namespace IceCream.Scheduling;

/// <content>Who gets what: the division of one platform's slots.</content>
public sealed partial class SchedulerState
{
    private void Divide(SlotPool pool, DateTimeOffset now, List<SchedulerDecision> decisions)
    {
        if (pool.Lacking <= pool.Free.Total)
        {
            // There is enough for everyone: nobody's part needs to be known, and nothing is asked back.
            foreach (RosterAgent agent in pool.Waiting.ToArray())
            {
                while (agent.Waiting > 0)
                {
                    Grant(pool, agent, now, decisions);
                }
            }

            return;
        }

        RosterAgent[] claimants = [.. pool.Agents.Values.Where(agent => agent.Wanted > 0 || agent.Keeping > 0)];
        Entitle(claimants, pool.Capacity);
        GrantFree(pool, claimants, now, decisions);
        RecallExcess(pool, claimants, decisions);
    }

    private static void TellCapacity(SlotPool pool, List<SchedulerDecision> decisions)
    {
        int capacity = pool.Capacity;
        foreach (RosterAgent agent in pool.Agents.Values.Where(agent => agent.Capacity != capacity))
        {
            agent.Capacity = capacity;
            decisions.Add(new CapacityChanged(agent.Name, capacity));
        }
    }

    /// <summary>Even parts for the users, and of a user's part even parts for his agents.</summary>
    private static void Entitle(RosterAgent[] claimants, int capacity)
    {
        RosterAgent[][] users = [.. claimants.GroupBy(agent => agent.User, StringComparer.Ordinal).Select(user => user.ToArray())];
        int[] parts = FairQueue.Shares(capacity, [.. users.Select(user => new FairQueue.Claim(
            (int)Math.Min(int.MaxValue, user.Sum(agent => (long)agent.Wanted)), user.Sum(agent => agent.Keeping), user.Max(agent => agent.LastServed)))]);
        for (int i = 0; i < users.Length; i++)
        {
            int[] shares = FairQueue.Shares(parts[i], [.. users[i].Select(agent => new FairQueue.Claim(agent.Wanted, agent.Keeping, agent.LastServed))]);
            for (int j = 0; j < shares.Length; j++)
            {
                users[i][j].Share = shares[j];
            }
        }
    }

    private void GrantFree(SlotPool pool, RosterAgent[] claimants, DateTimeOffset now, List<SchedulerDecision> decisions)
    {
        // Of those below their part who has least comes first, among equals who was served longest ago. Were it who lacks most, somebody who wants
        // little would wait behind every large build that begins.
        var queue = new PriorityQueue<int, (bool Served, int Keeping, long LastServed, int Place)>();
        for (int place = 0; place < claimants.Length && pool.Free.Count > 0; place++)
        {
            Enqueue(place);
        }

        while (pool.Free.Count > 0 && queue.TryDequeue(out int first, out _))
        {
            Grant(pool, claimants[first], now, decisions);
            Enqueue(first);
        }

        void Enqueue(int place)
        {
            if (claimants[place] is { Waiting: > 0 } agent)
            {
                queue.Enqueue(place, (agent.Keeping >= agent.Share, agent.Keeping, agent.LastServed, place));
            }
        }
    }

    private void Grant(SlotPool pool, RosterAgent agent, DateTimeOffset now, List<SchedulerDecision> decisions)
    {
        string chosen = pool.Free[placement.Choose(agent.Name, pool.Free)].Worker;
        var lease = new RosterLease(nextLease++, workers[chosen], agent);
        Hold(pool, lease);
        decisions.Add(new LeaseGranted(agent.Name, Extend(lease, now)));
    }

    private void RecallExcess(SlotPool pool, RosterAgent[] claimants, List<SchedulerDecision> decisions)
    {
        // What is asked back already will serve as many as it is.
        long lacking = claimants.Sum(agent => (long)Math.Max(0, Math.Min(agent.Share, agent.Wanted) - agent.Keeping)) - pool.Recalled - pool.Free.Total;
        var richest = new PriorityQueue<RosterAgent, (int Lack, int Place)>();
        for (int place = 0; place < claimants.Length && lacking > 0; place++)
        {
            Enqueue(claimants[place], place);
        }

        for (; lacking > 0 && richest.TryDequeue(out RosterAgent? agent, out (int Lack, int Place) rank); lacking--)
        {
            // The newest lease: its worker has had the least time to become warm for this agent.
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

    private static void Recall(SlotPool pool, RosterLease lease, List<SchedulerDecision> decisions)
    {
        pool.Recall(lease);
        decisions.Add(new LeaseRecalled(lease.Agent.Name, lease.Id));
    }
}
