using System.Collections.Immutable;
using IceCream.Jobs;

namespace IceCream.Clients;

// Which of the slots that are held a job gets.
internal sealed partial class LeasePool
{
    /// <summary>The most memory that a worker has, in bytes; the largest number when one has not said.</summary>
    public long LargestMemory
    {
        get
        {
            lock (_lock)
            {
                return _largestMemory;
            }
        }
    }

    /// <summary>The job failed on workers and was done on another: so it was they who failed. The scheduler is told.</summary>
    public void Blame(IEnumerable<string> workers)
    {
        lock (_lock)
        {
            foreach (string worker in workers)
            {
                desk.Blame(worker);
            }
        }
    }

    /// <summary>Of the free slots whose worker has the memory, the fastest; among equals that which became free last, whose worker is warm.</summary>
    private SlotHolding? TakeIdle(long memory)
    {
        DateTimeOffset now = time.GetUtcNow();
        foreach ((long over, _) in _idle.FindAll(idle => _held[idle.Lease].Expires <= now))
        {
            _idle.RemoveAll(idle => idle.Lease == over);
            GiveBack(over);
        }

        int best = -1;
        for (int i = _idle.Count - 1; i >= 0; i--)
        {
            SlotLease lease = _held[_idle[i].Lease];
            if ((memory <= lease.Memory || lease.Memory == 0) && (best < 0 || lease.Speed > _held[_idle[best].Lease].Speed))
            {
                best = i;
            }
        }

        if (best < 0)
        {
            return null;
        }

        SlotLease chosen = _held[_idle[best].Lease];
        _idle.RemoveAt(best);
        ImmutableArray<SlotLease> others = [.. _idle.Select(idle => _held[idle.Lease])
            .DistinctBy(static lease => lease.Worker).Where(lease => lease.Worker != chosen.Worker).OrderByDescending(static lease => lease.Speed).Take(JobPlacement.MostOptions - 1)];
        return new SlotHolding(this, chosen) { Candidates = [chosen, .. others] };
    }

    private HeldSpeeds Speeds()
    {
        double fastest = 0, total = 0;
        foreach (SlotLease lease in _held.Values)
        {
            fastest = Math.Max(fastest, lease.Speed);
            total += lease.Speed;
        }

        return new HeldSpeeds(fastest, total);
    }
}
