namespace IceCream.Scheduling;

/// <content>What follows when time passes.</content>
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

            // Where there are more claimants than slots an even division leaves some with none; they take turns, one turn lasting until the lease is renewed.
            if (lease.Agent.Kept.Contains(lease.Id) &&
                (others.Besides(lease.Agent.User) > pool.Serving || (lease.Worker.Serving == 0 && others.WouldUse(lease))))
            {
                Recall(pool, lease, decisions);
            }
        }
    }

    /// <summary>Who wants something and has nothing at all. Counted once for all renewals of a moment, which do not change it.</summary>
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

        /// <summary>Whether one of those that can use few workers waits for such a slot as this.</summary>
        public bool WouldUse(RosterLease lease) => Array.Exists(choosy, agent => agent != lease.Agent && lease.Worker.Suits(agent.LeastMemory));

        /// <summary>Whose turn it would be if somebody of this user, who has something, let go of it: his other agents, and the users who have nothing.</summary>
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
