using System.Collections.Immutable;
using IceCream.Identity;
using IceCream.Jobs;

namespace IceCream.Clients;

// Which of the held slots a job gets.
internal sealed partial class LeaseState
{
    /// <summary>Gives a slot to a waiting job, if there is one that it suits.</summary>
    private bool TryServe(long lease, LeaseTime now)
    {
        SlotLease slot = _held[lease];
        if (_waiting.Next(slot, Speeds(), now.Passed.TotalMicroseconds) is not { } next)
        {
            return false;
        }

        seekers.Serve(next, new SlotGrant(slot, CandidatesOf(slot, _held.Values), HasWaited: true, Core: null));
        _inUse++;
        _busy[lease] = slot;
        return true;
    }

    /// <summary>
    /// Takes the fastest free slot whose worker has the memory; among equals the one that became free last, because its worker is warm. Takes none if a faster slot in
    /// use is worth the wait.
    /// </summary>
    private SlotGrant? TakeIdle(WaitingPlace place, LeaseTime now)
    {
        // Leases expire by the scheduler's clock, which may be behind this machine's.
        foreach ((long over, _) in _idle.FindAll(idle => now.Clock - _held[idle.Lease].Expires >= FarmTrust.ClockTolerance))
        {
            _idle.RemoveAll(idle => idle.Lease == over);
            GiveBack(over);
        }

        int best = -1;
        for (int i = _idle.Count - 1; i >= 0; i--)
        {
            SlotLease lease = _held[_idle[i].Lease];
            if (SlotQueue.Suits(lease, place) && (best < 0 || lease.Speed > _held[_idle[best].Lease].Speed))
            {
                best = i;
            }
        }

        if (best < 0)
        {
            return null;
        }

        SlotLease chosen = _held[_idle[best].Lease];
        if (!_waiting.DoesFor(chosen, place, Speeds(), now.Passed.TotalMicroseconds))
        {
            return null;
        }

        _idle.RemoveAt(best);
        _busy[chosen.Id] = chosen;
        return new SlotGrant(chosen, CandidatesOf(chosen, _idle.Select(idle => _held[idle.Lease])), HasWaited: false, Core: null);
    }

    /// <summary>For people: the chosen slot and the fastest of the others, leaving one place for this machine.</summary>
    private static ImmutableArray<SlotLease> CandidatesOf(SlotLease chosen, IEnumerable<SlotLease> others) =>
    [
        chosen,
        .. others.DistinctBy(static lease => lease.Worker).Where(lease => lease.Worker != chosen.Worker).OrderByDescending(static lease => lease.Speed).Take(JobPlacement.MostOptions - 2),
    ];

    private HeldSpeeds Speeds()
    {
        double total = 0;
        foreach (SlotLease lease in _held.Values)
        {
            total += lease.Speed;
        }

        // A recalled lease goes to another agent when its job has ended, so it is not worth the wait.
        double fastest = 0;
        foreach ((long id, SlotLease lease) in _busy)
        {
            fastest = _held.ContainsKey(id) && !_recalled.Contains(id) ? Math.Max(fastest, lease.Speed) : fastest;
        }

        return new HeldSpeeds(fastest, total);
    }
}
