using System.Collections;
using IceCream.Scheduling.Placement;

namespace IceCream.Scheduling;

/// <content>The choice of the worker on which a lease is granted.</content>
internal sealed partial class SchedulerState
{
    /// <summary>The most workers that an agent counts as warm: a worker that was used before these has most likely evicted the agent's files.</summary>
    private const int MostWarm = 64;

    /// <summary>Chooses among the workers with a free slot that suit the agent; null when there is none.</summary>
    private RosterWorker? Place(SlotPool pool, RosterAgent agent)
    {
        if (pool.Free.Count == 0)
        {
            return null;
        }

        // A worker that is thought slow would never get the chance to prove otherwise, so the one that was tried longest ago gets a turn.
        if (tryAgainWithin > 0 && pool.Free.Longest is { } longest && pool.Turn - longest.Tried >= (long)tryAgainWithin * pool.Workers.Count &&
            pool.Workers[longest.Name].Suits(agent.LeastMemory))
        {
            return pool.Workers[longest.Name];
        }

        if (placement is ExpectedFinishPolicy && agent.LeastMemory == 0)
        {
            return Soonest(pool, agent);
        }

        var suitable = new Suitable(pool.Free, agent, this);
        if (suitable.Count == 0)
        {
            return null;
        }

        int choice = placement.Choose(agent.Name, suitable);
        return choice >= 0 && choice < suitable.Count
            ? pool.Workers[suitable[choice].Worker]
            : throw new InvalidOperationException($"{placement.GetType().Name} chose the worker {choice} of {suitable.Count}.");
    }

    /// <summary>The default policy without a scan of all workers: compares the fastest free worker with the agent's warm workers.</summary>
    private RosterWorker Soonest(SlotPool pool, RosterAgent agent)
    {
        RosterWorker best = pool.Workers[pool.Free.Fastest];
        TimeSpan soonest = Expect(agent, best.Name, best.Speed);
        foreach (string name in agent.Warm)
        {
            if (pool.Workers.TryGetValue(name, out RosterWorker? worker) && worker.Free > 0 && Expect(agent, name, worker.Speed) is var expected &&
                (expected < soonest || (expected == soonest && string.CompareOrdinal(name, best.Name) < 0)))
            {
                (best, soonest) = (worker, expected);
            }
        }

        return best;
    }

    /// <summary>How long a job of the agent is expected to take, including the transfer of what the worker lacks.</summary>
    private TimeSpan Expect(RosterAgent agent, string worker, double speed) =>
        TimeSpan.FromSeconds(Math.Min((agent.TypicalSeconds / speed) + (agent.Warm.Contains(worker) ? 0 : coldSeconds), CostBook.Longest));

    /// <summary>Updates the speed at which a worker would run one more job.</summary>
    private void Measure(RosterWorker worker)
    {
        KnownWorker known = knowledge.Of(worker.Name);
        worker.Speed = Math.Clamp(knowledge.SpeedOf(known, worker.Leases.Count + 1), Slowest, Fastest);
        worker.IsKnown = known.Speed.Jobs > 0;
    }

    /// <summary>The free workers that suit an agent, with the expected time on each.</summary>
    private sealed class Suitable : IReadOnlyList<PlacementCandidate>
    {
        private readonly FreeSlots free;
        private readonly RosterAgent agent;
        private readonly SchedulerState state;
        private readonly List<int>? places;

        public Suitable(FreeSlots free, RosterAgent agent, SchedulerState state)
        {
            (this.free, this.agent, this.state) = (free, agent, state);
            places = agent.LeastMemory == 0 ? null : [.. Enumerable.Range(0, free.Count).Where(place => free.Workers[place].Suits(agent.LeastMemory))];
        }

        public int Count => places?.Count ?? free.Count;

        public PlacementCandidate this[int index]
        {
            get
            {
                PlacementCandidate candidate = free[places?[index] ?? index];
                return candidate with { Expected = state.Expect(agent, candidate.Worker, candidate.Speed) };
            }
        }

        public IEnumerator<PlacementCandidate> GetEnumerator() => Enumerable.Range(0, Count).Select(index => this[index]).GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
