namespace IceCream.Scheduling;

/// <content>Who gets what: the division of one platform's slots.</content>
public sealed partial class SchedulerState
{
    private void Divide(string platform, DateTimeOffset now, List<SchedulerDecision> decisions)
    {
        RosterWorker[] pool = [.. workers.Values.Where(worker => worker.Platform == platform)];
        RosterAgent[] claimants = [.. agents.Values.Where(agent => agent.Platform == platform)];
        int capacity = (int)Math.Min(int.MaxValue, pool.Sum(worker => (long)worker.Slots));
        foreach (RosterAgent agent in claimants.Where(agent => agent.Capacity != capacity))
        {
            agent.Capacity = capacity;
            decisions.Add(new CapacityChanged(agent.Name, capacity));
        }

        Entitle(claimants, capacity);
        GrantFree(pool, claimants, now, decisions);
        RecallExcess(pool, claimants, decisions);
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

    private void GrantFree(RosterWorker[] pool, RosterAgent[] claimants, DateTimeOffset now, List<SchedulerDecision> decisions)
    {
        List<PlacementCandidate> free =
            [.. pool.Where(worker => worker.Leases.Count < worker.Slots).Select(worker => new PlacementCandidate(worker.Name, worker.Slots, worker.Leases.Count))];
        while (free.Count > 0 &&
            claimants.Where(agent => agent.Waiting > 0).OrderByDescending(agent => agent.Share - agent.Keeping).ThenBy(agent => agent.LastServed).FirstOrDefault() is { } agent)
        {
            int choice = placement.Choose(agent.Name, free);
            PlacementCandidate chosen = free[choice];
            var lease = new RosterLease(nextLease++, workers[chosen.Worker], agent);
            Hold(lease);
            decisions.Add(new LeaseGranted(agent.Name, Extend(lease, now)));
            if (chosen.Running + 1 < chosen.Slots)
            {
                free[choice] = chosen with { Running = chosen.Running + 1 };
            }
            else
            {
                free.RemoveAt(choice);
            }
        }
    }

    private static void RecallExcess(RosterWorker[] pool, RosterAgent[] claimants, List<SchedulerDecision> decisions)
    {
        // Free slots remain only when nobody waits; what is asked back already will serve as many as it is.
        long lacking = claimants.Sum(agent => (long)Math.Max(0, Math.Min(agent.Share, agent.Wanted) - agent.Keeping));
        lacking -= claimants.Sum(agent => (long)agent.Recalled) + pool.Sum(worker => (long)(worker.Slots - worker.Leases.Count));
        for (; lacking > 0 && claimants.MaxBy(agent => agent.Keeping - agent.Share) is { } richest && richest.Keeping > richest.Share; lacking--)
        {
            // The newest lease: its worker has had the least time to become warm for this agent.
            Recall(richest.Leases.Values.Last(lease => !lease.Recalled), decisions);
        }
    }

    private static void Recall(RosterLease lease, List<SchedulerDecision> decisions)
    {
        lease.Recalled = true;
        lease.Agent.Recalled++;
        decisions.Add(new LeaseRecalled(lease.Agent.Name, lease.Id));
    }

    /// <summary>
    /// Whether somebody has nothing at all whose turn it would be if this lease were free. Where there are more claimants than slots an even division
    /// leaves some with none; they take turns, one turn lasting until the lease would be renewed.
    /// </summary>
    private bool OthersStarve(RosterLease lease)
    {
        RosterAgent[] claimants = [.. agents.Values.Where(agent => agent.Platform == lease.Agent.Platform)];
        int starving = claimants.Count(agent => agent.User == lease.Agent.User && agent.Leases.Count == 0 && agent.Wanted > 0) +
            claimants.GroupBy(agent => agent.User, StringComparer.Ordinal).Count(user =>
                user.Key != lease.Agent.User && user.All(agent => agent.Leases.Count == 0) && user.Any(agent => agent.Wanted > 0));
        return starving > claimants.Sum(agent => agent.Recalled);
    }
}
