using IceCream.Jobs;

namespace IceCream.Scheduling;

/// <content>What the scheduler learns from jobs, and the quarantine of workers that fail at them.</content>
internal sealed partial class SchedulerState
{
    /// <summary>The range of speeds: a job is never thought to take no time, nor to take forever.</summary>
    private const double Slowest = 0.001, Fastest = 1000;

    private const double Settled = 0.05;

    private void End(RosterWorker worker, CostReport report, DateTimeOffset now, List<SchedulerDecision> decisions)
    {
        KnownWorker known = knowledge.Of(worker.Name);
        RosterAgent? agent = leases.TryGetValue(report.Lease, out RosterLease? lease) && lease.Worker == worker ? lease.Agent : null;
        switch (report.Outcome)
        {
            case JobOutcome.Compiled:
                knowledge.Learn(known, report);
                if (agent is not null)
                {
                    Warm(agent, worker, report);
                    agent.TypicalSeconds += Settled * (knowledge.Costs.Predict(report.Keys).Seconds - agent.TypicalSeconds);
                }

                Measure(worker);
                PoolOf(worker.Platform).Note(worker);
                break;
            case JobOutcome.ShortOfMemory or JobOutcome.Failed:
                return;
        }

        // A rejected source was read and diagnosed, so the worker did its work.
        if (known.Health.Succeed())
        {
            Reconsider(worker, now, decisions);
        }
    }

    /// <summary>Notes that a worker has run a job for an agent. The first such job is the one that waits for the toolchain and the headers.</summary>
    private void Warm(RosterAgent agent, RosterWorker worker, CostReport report)
    {
        if (!agent.Warm.Add(worker.Name))
        {
            return;
        }

        coldSeconds += Settled * (Math.Clamp(report.Fetch.TotalSeconds, 0, CostBook.Longest) - coldSeconds);
        if (agent.Warm.Count > MostWarm)
        {
            agent.Warm.Remove(agent.Warm.First(name => name != worker.Name));
        }
    }

    /// <summary>
    /// Counts a failure that an agent reports. An agent is believed only about workers that it has used, as its leases show; and the agents of one user, who may want the
    /// farm to themselves, set no worker aside for the others. An agent itself avoids a worker that failed it in any case.
    /// </summary>
    private void Blame(RosterWorker worker, RosterAgent agent, DateTimeOffset now, List<SchedulerDecision> decisions)
    {
        if (HasUsed(agent, worker) && knowledge.Of(worker.Name).Health.Fail(
            now, agent.User, () => PoolOf(agent.Platform).Agents.Values.All(other => other.User == agent.User || !IsActive(other))))
        {
            Reconsider(worker, now, decisions);
        }
    }

    /// <summary>
    /// Learns from an agent that a worker was slow. The worker itself never reports a job that was cancelled because another one was faster, so this
    /// is the only sign of a worker that finishes nothing. A lease shows it once: an agent gives it back then, and one that says the same again and again makes no worker
    /// slow for everybody.
    /// </summary>
    private void Outrun(RosterWorker worker, RosterAgent agent, double speed)
    {
        if (agent.Leases.Values.FirstOrDefault(held => held.Worker == worker && !held.WasOutrun) is not { } lease)
        {
            return;
        }

        lease.WasOutrun = true;
        if (knowledge.LearnAtMost(knowledge.Of(worker.Name), worker.Slots, Math.Clamp(speed, Slowest, Fastest)))
        {
            Measure(worker);
            PoolOf(worker.Platform).Note(worker);
        }
    }

    /// <summary>Whether an agent has jobs, or had some: that of a machine that only works for others has nothing to say about workers.</summary>
    private static bool IsActive(RosterAgent agent) => agent.Leases.Count > 0 || agent.Wanted > 0 || agent.Warm.Count > 0;

    private static bool HasUsed(RosterAgent agent, RosterWorker worker) =>
        agent.Warm.Contains(worker.Name) || agent.Leases.Values.Any(lease => lease.Worker == worker);

    private void Drain(string name, string? reason, DateTimeOffset now, List<SchedulerDecision> decisions)
    {
        knowledge.Drain(name, reason, workers.ContainsKey);
        if (workers.TryGetValue(name, out RosterWorker? worker))
        {
            Reconsider(worker, now, decisions);
        }
    }

    /// <summary>Ends the quarantine of workers whose time is over.</summary>
    private void PassQuarantine(DateTimeOffset now, List<SchedulerDecision> decisions)
    {
        foreach (string name in quarantined.ToArray())
        {
            if (workers.TryGetValue(name, out RosterWorker? worker) && knowledge.Of(name).Health.Pass(now))
            {
                Reconsider(worker, now, decisions);
            }
        }
    }

    /// <summary>Updates the number of leases that a worker may have.</summary>
    private void Reconsider(RosterWorker worker, DateTimeOffset now, List<SchedulerDecision> decisions)
    {
        SlotPool pool = PoolOf(worker.Platform);
        int usable = UsableOf(worker);
        if (usable == worker.Usable)
        {
            return;
        }

        pool.Allow(worker, usable);
        RecallBeyond(pool, worker, decisions);
        TellCapacity(pool, decisions);
        Divide(pool, now, decisions);
    }

    /// <summary>The number of leases that a worker may have. Also maintains the list of workers in quarantine.</summary>
    private int UsableOf(RosterWorker worker)
    {
        KnownWorker known = knowledge.Of(worker.Name);
        if (known.Health.Standing == WorkerStanding.Quarantined)
        {
            quarantined.Add(worker.Name);
        }
        else
        {
            quarantined.Remove(worker.Name);
        }

        return known.Drained is not null ? 0 : known.Health.Standing switch
        {
            WorkerStanding.Quarantined => 0,
            WorkerStanding.OnProbation => Math.Min(1, worker.Slots),
            _ => worker.Slots,
        };
    }

    /// <summary>
    /// Recalls the newest leases of a worker that has more than it may have, until no more than that are kept. So every lease that an agent may keep
    /// occupies a usable slot, and recalling it for other agents always frees one (<see cref="RecallExcess"/>).
    /// </summary>
    private static void RecallBeyond(SlotPool pool, RosterWorker worker, List<SchedulerDecision> decisions)
    {
        int beyond = worker.Leases.Count - worker.Recalled - worker.Usable;
        if (beyond <= 0)
        {
            return;
        }

        foreach (RosterLease lease in worker.Leases.Values.Reverse().Where(static lease => lease.Agent.Kept.Contains(lease.Id)).Take(beyond).ToArray())
        {
            Recall(pool, lease, decisions);
        }
    }
}
