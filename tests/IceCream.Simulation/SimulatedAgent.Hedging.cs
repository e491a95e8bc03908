using IceCream.Execution.Hedging;
using IceCream.Jobs;

namespace IceCream.Simulation;

// Second attempts at late jobs: the real rule, the real budget and the real line.
internal sealed partial class SimulatedAgent
{
    /// <summary>The first of two attempts has ended well: the other is cancelled, and its worker quarantined when it was much slower.</summary>
    private void SettleRace(SimulatedAttempt winner, JobUsage usage)
    {
        _budget.Earn(usage.Wall.TotalSeconds * winner.Lease.Speed);
        if (winner.Other is not { } loser)
        {
            return;
        }

        double elapsed = _farm.Seconds - loser.Since;
        _budget.Settle(winner.Forecast.Seconds, Math.Min(elapsed * loser.Lease.Speed, winner.Forecast.Seconds));
        _farm.Cancel(loser);
        _underWay.Remove(loser);
        bool isOutrun = loser.Since < winner.Since && elapsed > 2 * (_farm.Seconds - winner.Since);
        if (isOutrun)
        {
            _leases.Outrun(loser.Lease.Worker, Math.Min(loser.Lease.Speed, usage.Wall.TotalSeconds * winner.Lease.Speed / elapsed));
        }

        _leases.Release(loser.Lease, workerFailed: isOutrun, Now);
    }

    /// <summary>Looks at the attempts that are under way, as long as a build is: those that are late have a second one sought for.</summary>
    private void Look()
    {
        if (!IsBuilding)
        {
            return;
        }

        foreach (SimulatedAttempt attempt in _underWay.Where(static attempt => attempt is { Other: null, Seeking: null }).ToArray())
        {
            if (IsWorthwhile(attempt, _leases.FastestBeside(attempt.Lease.Worker, Now.Passed)) && _budget.TryReserve(attempt.Forecast.Seconds))
            {
                Seek(attempt);
            }
        }

        Settle();
        _farm.After(HedgePolicy.LookEvery.TotalSeconds, Look);
    }

    private bool IsWorthwhile(SimulatedAttempt attempt, double speed) =>
        HedgePolicy.IsWorthwhile(attempt.Forecast, _farm.Seconds - attempt.Since, attempt.Lease.Speed, speed);

    private void Seek(SimulatedAttempt attempt)
    {
        JobPlace place = PlaceOf(attempt.Job, attempt);
        _leases.TakeSecond(place.Size, 0, attempt.Lease.Worker, mayBeHere: false, isUrgent: false, out bool mayAsk);
        attempt.Seeking = place;
        if (!mayAsk)
        {
            StopSeeking(attempt);
        }
        else if (_leases.Acquire(place, Now, out bool waits) is { } grant)
        {
            StartSecond(attempt, grant.Lease);
        }
        else if (!waits)
        {
            StopSeeking(attempt);
        }
    }

    /// <summary>There is a second slot: it is used if the job is still worth it.</summary>
    private void StartSecond(SimulatedAttempt first, SlotLease lease)
    {
        if (first.Seeking is not null && IsWorthwhile(first, lease.Speed))
        {
            first.Seeking = null;
            first.Other = Start(lease, first.Job);
            first.Other.Other = first;
        }
        else
        {
            StopSeeking(first);
            _leases.Release(lease, workerFailed: false, Now);
        }

        Settle();
    }

    /// <summary>No second slot is sought any more, and what was set aside for it is free again.</summary>
    private void StopSeeking(SimulatedAttempt attempt)
    {
        if (attempt.Seeking is { } place)
        {
            attempt.Seeking = null;
            _leases.Leave(place);
            _budget.Settle(attempt.Forecast.Seconds, 0);
        }
    }
}
