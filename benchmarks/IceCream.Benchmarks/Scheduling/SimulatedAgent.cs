using IceCream.Clients;
using IceCream.Execution.Hedging;
using IceCream.Jobs;
using IceCream.Scheduling;

namespace IceCream.Benchmarks.Scheduling;

/// <summary>An agent: the real line of waiting jobs and the real book of costs, without the locks and timers around them.</summary>
internal sealed partial class SimulatedAgent(FarmSimulation farm, string name)
{
    private const double Linger = 1, KeptAside = 10;

    private readonly List<SimulatedAttempt> _underWay = [];
    private readonly HedgeBudget _budget = new();

    private readonly SlotQueue _line = new();
    private readonly Dictionary<WaitingPlace, SimulatedJob> _places = [];
    private readonly Dictionary<long, SlotLease> _held = [];
    private readonly Dictionary<long, SlotLease> _busy = [];
    private readonly List<(long Lease, double Since)> _idle = [];
    private readonly HashSet<long> _recalled = [], _aside = [];
    private readonly Dictionary<int, HashSet<string>> _failed = [];
    private readonly CostBook _costs = new();
    private Queue<SimulatedJob> _build = [];
    private int _inUse, _demanded, _left, _late;

    /// <summary>What was done, and what of it in vain, in seconds of an average worker.</summary>
    public (double Done, double Wasted) Spent => _budget.Spent;

    /// <summary>When its latest build ended.</summary>
    public double Ended { get; private set; }

    /// <summary>Whether a build is under way.</summary>
    public bool IsBuilding => _left > 0;

    /// <summary>Begins a build: a build tool that keeps so many jobs under way.</summary>
    public void Begin(IEnumerable<SimulatedJob> jobs, int window)
    {
        _build = new Queue<SimulatedJob>(jobs);
        _left = _build.Count;
        for (int i = 0; i < window; i++)
        {
            Next();
        }

        SayDemand();
        Look();
    }

    public void Hear(SchedulerDecision decision)
    {
        switch (decision)
        {
            case LeaseGranted granted:
                _held[granted.Lease.Id] = granted.Lease;
                Offer(granted.Lease.Id);
                break;
            case LeaseRenewed renewed when _held.ContainsKey(renewed.Lease.Id):
                _held[renewed.Lease.Id] = renewed.Lease;
                break;
            case LeaseRecalled recalled when _held.ContainsKey(recalled.Lease):
                if (_idle.RemoveAll(idle => idle.Lease == recalled.Lease) > 0 || _aside.Remove(recalled.Lease))
                {
                    GiveBack(recalled.Lease);
                }
                else
                {
                    _recalled.Add(recalled.Lease);
                }

                break;
            case LeaseRevoked revoked:
                _held.Remove(revoked.Lease);
                _idle.RemoveAll(idle => idle.Lease == revoked.Lease);
                _aside.Remove(revoked.Lease);
                break;
        }

        SayDemand();
    }

    /// <summary>A job has ended on its worker.</summary>
    public void End(SimulatedAttempt attempt, JobUsage? usage)
    {
        if (attempt.IsCancelled)
        {
            return;
        }

        SlotLease lease = attempt.Lease;
        SimulatedJob job = attempt.Job;
        _inUse--;
        _busy.Remove(lease.Id);
        _underWay.Remove(attempt);
        if (usage is { } used)
        {
            Settle(attempt, used);
            _costs.Learn(FarmSimulation.KeysOf(job), used.Wall.TotalSeconds * lease.Speed, 0);
            foreach (string worker in _failed.Remove(job.Command, out HashSet<string>? failed) ? failed : [])
            {
                farm.Say(new WorkerBlamed(farm.Now, name, worker));
            }

            if (--_left == 0)
            {
                Ended = farm.Seconds;
            }

            Next();
        }
        else
        {
            (_failed.TryGetValue(job.Command, out HashSet<string>? failed) ? failed : _failed[job.Command] = []).Add(lease.Worker);
        }

        if (_held.ContainsKey(lease.Id))
        {
            if (_recalled.Remove(lease.Id))
            {
                GiveBack(lease.Id);
            }
            else if (usage is null)
            {
                _aside.Add(lease.Id);
                farm.After(KeptAside, () => GiveBackAside(lease.Id));
            }
            else
            {
                Offer(lease.Id);
            }
        }

        if (usage is null && attempt.Other is null)
        {
            Bring(job);
        }
        else if (usage is null)
        {
            attempt.Other!.Other = null;
        }

        SayDemand();
    }

    private void Next()
    {
        if (_build.TryDequeue(out SimulatedJob? job))
        {
            Bring(job);
        }
    }

    private void Bring(SimulatedJob job)
    {
        long size = (long)(ForecastOf(job).Seconds * 1e6);
        if (_idle.Count > 0)
        {
            (long lease, _) = _idle.MaxBy(idle => _held[idle.Lease].Speed);
            if (_line.DoesFor(_held[lease], new WaitingPlace(size, 0, Now), Speeds(), Now))
            {
                _idle.RemoveAll(idle => idle.Lease == lease);
                Start(lease, job);
                return;
            }
        }

        _places[_line.Join(size, 0, Now)] = job;
    }

    private double Now => farm.Seconds * 1e6;

    private JobForecast ForecastOf(SimulatedJob job)
    {
        JobForecast forecast = _costs.Predict(FarmSimulation.KeysOf(job));
        return forecast.Basis == ForecastBasis.Command ? forecast : forecast with { Seconds = job.Guess };
    }

    private HeldSpeeds Speeds() => new(
        _busy.Values.Where(lease => _held.ContainsKey(lease.Id) && !_recalled.Contains(lease.Id)).Select(static lease => lease.Speed).DefaultIfEmpty().Max(),
        _held.Values.Sum(static held => held.Speed));

    private bool TryServe(long lease)
    {
        if (_line.Next(_held[lease], Speeds(), Now) is not { } place)
        {
            return false;
        }

        _places.Remove(place, out SimulatedJob? job);
        Start(lease, job!);
        return true;
    }

    private void Offer(long lease)
    {
        if (_aside.Count > 0 && _held[lease].Worker is var worker && _aside.Any(aside => _held.TryGetValue(aside, out SlotLease? bad) && bad.Worker == worker))
        {
            _aside.Add(lease);
            farm.After(KeptAside, () => GiveBackAside(lease));
            return;
        }

        if (!TryServe(lease))
        {
            double since = farm.Seconds;
            _idle.Add((lease, since));
            farm.After(Linger, () => Reconsider(lease, since));
        }
    }

    private void Reconsider(long lease, double since)
    {
        if (!_idle.Contains((lease, since)))
        {
            return;
        }

        if (TryServe(lease))
        {
            _idle.Remove((lease, since));
        }
        else if (_line.HasUseFor(_held[lease]))
        {
            farm.After(Linger, () => Reconsider(lease, since));
            return;
        }
        else
        {
            _idle.Remove((lease, since));
            GiveBack(lease);
        }

        SayDemand();
    }

    private SimulatedAttempt Start(long lease, SimulatedJob job)
    {
        _inUse++;
        _busy[lease] = _held[lease];
        SimulatedAttempt attempt = farm.Run(this, _held[lease], job, ForecastOf(job));
        _underWay.Add(attempt);
        return attempt;
    }

    private void GiveBackAside(long lease)
    {
        if (_aside.Remove(lease))
        {
            GiveBack(lease);
            SayDemand();
        }
    }

    private void GiveBack(long lease)
    {
        _held.Remove(lease);
        farm.Say(new LeaseReturned(farm.Now, name, lease));
    }

    private void SayDemand()
    {
        int demand = _line.Count + _inUse + _aside.Count + _late;
        if (demand != _demanded)
        {
            _demanded = demand;
            farm.Say(new DemandChanged(farm.Now, name, demand));
        }
    }
}
