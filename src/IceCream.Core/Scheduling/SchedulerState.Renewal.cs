namespace IceCream.Scheduling;

/// <content>The renewal of leases as time passes.</content>
internal sealed partial class SchedulerState
{
    private void PassTime(DateTimeOffset now, List<SchedulerDecision> decisions)
    {
        Dictionary<SlotPool, Starving>? starving = null;
        while (ends.Due(now) is { } lease)
        {
            decisions.Add(new LeaseRenewed(lease.Agent.Name, Extend(lease, now)));
            SlotPool pool = PoolOf(lease.Agent.Platform);
            if (pool.Lacking == 0)
            {
                continue;
            }

            starving ??= [];
            if (!starving.TryGetValue(pool, out Starving? others))
            {
                starving.Add(pool, others = new Starving(pool));
            }

            // When there are more claimants than slots, an even division leaves some with none. They take turns; a turn lasts until the lease is due for renewal.
            if (lease.Agent.Kept.Contains(lease.Id) &&
                (others.Besides(lease.Agent.User) > pool.Serving || (lease.Worker.Serving == 0 && others.WouldUse(lease))))
            {
                Recall(pool, lease, decisions);
            }
        }
    }

    /// <summary>Agents that want slots and have none. Counted once for all renewals of one call, which do not change the counts.</summary>
    private sealed class Starving
    {
        private readonly Dictionary<string, int> agents;
        private readonly RosterAgent[] choosy;
        private readonly int users;

        public Starving(SlotPool pool)
        {
            choosy = [.. pool.Waiting.Where(static agent => agent.Leases.Count == 0 && agent.LeastMemory > 0)];
            agents = pool.Waiting.Where(agent => agent.Leases.Count == 0 && agent.LeastMemory == 0).CountBy(agent => agent.User, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
            HashSet<string> served = new(pool.Agents.Values.Where(agent => agent.Leases.Count > 0).Select(agent => agent.User), StringComparer.Ordinal);
            users = agents.Keys.Count(user => !served.Contains(user));
        }

        /// <summary>Whether an agent that few workers suit waits for a slot like this one.</summary>
        public bool WouldUse(RosterLease lease) => Array.Exists(choosy, agent => agent != lease.Agent && lease.Worker.Suits(agent.LeastMemory));

        /// <summary>How many claimants could take over a lease of this user: the user's other agents without a lease, and the users without a lease.</summary>
        public int Besides(string user) => agents.GetValueOrDefault(user) + users;
    }

    private void RevokeAll(RosterLease[] revoked, List<SchedulerDecision> decisions)
    {
        foreach (RosterLease lease in revoked)
        {
            Release(lease);
            decisions.Add(new LeaseRevoked(lease.Agent.Name, lease.Id));
        }
    }
}
