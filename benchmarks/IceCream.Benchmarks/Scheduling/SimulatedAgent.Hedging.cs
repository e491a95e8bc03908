using IceCream.Execution.Hedging;
using IceCream.Jobs;
using IceCream.Scheduling;

namespace IceCream.Benchmarks.Scheduling;

// Second attempts at late jobs: the real rule and the real budget.
internal sealed partial class SimulatedAgent
{
    /// <summary>The first of two attempts has ended well: the other is cancelled, and its worker kept aside when it was much slower.</summary>
    private void Settle(SimulatedAttempt winner, JobUsage usage)
    {
        _budget.Earn(usage.Wall.TotalSeconds * winner.Lease.Speed);
        if (winner.Other is not { } loser)
        {
            return;
        }

        double elapsed = farm.Seconds - loser.Since;
        _budget.Settle(winner.Forecast.Seconds, Math.Min(elapsed * loser.Lease.Speed, winner.Forecast.Seconds));
        farm.Cancel(loser);
        _inUse--;
        _busy.Remove(loser.Lease.Id);
        _underWay.Remove(loser);
        if (!_held.ContainsKey(loser.Lease.Id))
        {
            return;
        }

        bool isOutrun = loser.Since < winner.Since && elapsed > 2 * (farm.Seconds - winner.Since);
        if (isOutrun)
        {
            farm.Say(new WorkerOutrun(farm.Now, name, loser.Lease.Worker, Math.Min(loser.Lease.Speed, usage.Wall.TotalSeconds * winner.Lease.Speed / elapsed)));
        }

        if (_recalled.Remove(loser.Lease.Id))
        {
            GiveBack(loser.Lease.Id);
        }
        else if (isOutrun)
        {
            _aside.Add(loser.Lease.Id);
            farm.After(KeptAside, () => GiveBackAside(loser.Lease.Id));
        }
        else
        {
            Offer(loser.Lease.Id);
        }
    }

    /// <summary>Begins second attempts with slots that nobody waits for, as long as a build is under way.</summary>
    private void Look()
    {
        if (!IsBuilding)
        {
            return;
        }

        _late = 0;
        foreach (SimulatedAttempt attempt in _line.Count > 0 ? [] : _underWay.Where(static attempt => attempt.Other is null).ToArray())
        {
            double elapsed = farm.Seconds - attempt.Since;
            (long Lease, double Since)[] others = [.. _idle.Where(idle => _held[idle.Lease].Worker != attempt.Lease.Worker)];
            double fastest = others.Length == 0 ? 1 : others.Max(idle => _held[idle.Lease].Speed);
            if (!HedgePolicy.IsWorthwhile(attempt.Forecast, elapsed, attempt.Lease.Speed, fastest))
            {
                continue;
            }

            if (others.Length == 0)
            {
                _late++;
            }
            else if (_budget.TryReserve(attempt.Forecast.Seconds))
            {
                (long lease, _) = others.MaxBy(idle => _held[idle.Lease].Speed);
                _idle.RemoveAll(idle => idle.Lease == lease);
                attempt.Other = Start(lease, attempt.Job);
                attempt.Other.Other = attempt;
            }
        }

        SayDemand();
        farm.After(HedgePolicy.LookEvery.TotalSeconds, Look);
    }
}
