using IceCream.Clients;
using IceCream.Execution.Hedging;
using IceCream.Jobs;
using IceCream.Scheduling;

namespace IceCream.Simulation;

/// <summary>An agent without its tasks, locks and timers: the real state of leases and of jobs that wait, and the real book of costs.</summary>
internal sealed partial class SimulatedAgent : ILeaseBroker, ISlotSeekers
{
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(1);

    private readonly FarmSimulation _farm;
    private readonly string _name;
    private readonly LeaseState _leases;
    private readonly List<SimulatedAttempt> _underWay = [];
    private readonly HedgeBudget _budget = new();
    private readonly Dictionary<int, HashSet<string>> _failed = [];
    private readonly CostBook _costs = new();
    private Queue<SimulatedJob> _build = [];
    private int _wanted, _demanded, _left;
    private bool _isTimeKept;

    public SimulatedAgent(FarmSimulation farm, string name)
    {
        (_farm, _name) = (farm, name);
        _leases = new LeaseState(this, this, own: null, Linger);
        _leases.SetReasonToStay(null);
    }

    /// <summary>What was done, and what of it in vain, in seconds of an average worker.</summary>
    public (double Done, double Wasted) Spent => _budget.Spent;

    /// <summary>When its latest build ended.</summary>
    public double Ended { get; private set; }

    /// <summary>Whether a build is under way.</summary>
    public bool IsBuilding => _left > 0;

    private LeaseTime Now => new(TimeSpan.FromSeconds(_farm.Seconds), _farm.Now);

    /// <summary>Begins a build: a build tool that keeps so many jobs under way.</summary>
    public void Begin(IEnumerable<SimulatedJob> jobs, int window)
    {
        _build = new Queue<SimulatedJob>(jobs);
        _left = _build.Count;
        for (int i = 0; i < window; i++)
        {
            Next();
        }

        Settle();
        Look();
    }

    /// <summary>The scheduler has decided something that concerns this agent.</summary>
    public void Hear(SchedulerDecision decision)
    {
        switch (decision)
        {
            case LeaseGranted granted:
                _leases.Granted(granted.Lease, Now);
                break;
            case LeaseRenewed renewed:
                _leases.Renewed(renewed.Lease);
                break;
            case LeaseRecalled recalled:
                _leases.Recalled(recalled.Lease);
                break;
            case LeaseRevoked revoked:
                _leases.Revoked(revoked.Lease);
                break;
        }

        Settle();
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
        _underWay.Remove(attempt);
        StopSeeking(attempt);
        if (usage is { } used)
        {
            SettleRace(attempt, used);
            _costs.Learn(FarmSimulation.KeysOf(job), used.Wall.TotalSeconds * lease.Speed, 0);
            _leases.Blame(_failed.Remove(job.Command, out HashSet<string>? failed) ? failed : []);
            if (--_left == 0)
            {
                Ended = _farm.Seconds;
            }

            Next();
        }
        else
        {
            (_failed.TryGetValue(job.Command, out HashSet<string>? failed) ? failed : _failed[job.Command] = []).Add(lease.Worker);
        }

        _leases.Release(lease, workerFailed: usage is null, Now);
        if (usage is null && attempt.Other is null)
        {
            Bring(job);
        }
        else if (usage is null)
        {
            attempt.Other!.Other = null;
        }

        Settle();
    }

    /// <inheritdoc/>
    void ILeaseBroker.Demand(int wanted, long leastMemory) => _wanted = wanted;

    /// <inheritdoc/>
    void ILeaseBroker.Return(long lease) => _farm.Say(new LeaseReturned(_farm.Now, _name, lease));

    /// <inheritdoc/>
    void ILeaseBroker.Blame(string worker) => _farm.Say(new WorkerBlamed(_farm.Now, _name, worker));

    /// <inheritdoc/>
    void ILeaseBroker.Outrun(string worker, double speed) => _farm.Say(new WorkerOutrun(_farm.Now, _name, worker, speed));

    /// <inheritdoc/>
    void ISlotSeekers.Serve(WaitingPlace place, SlotGrant grant)
    {
        var job = (JobPlace)place;
        if (job.First is null)
        {
            Start(grant.Lease, job.Job);
            return;
        }

        // The state is in the midst of a change, and one that is of no use goes back to it.
        _farm.After(0, () => StartSecond(job.First, grant.Lease));
    }

    /// <inheritdoc/>
    void ISlotSeekers.TurnAway(WaitingPlace place) => throw new InvalidOperationException("Nobody has said that waiting is in vain.");

    /// <inheritdoc/>
    void ISlotSeekers.Reconsider()
    {
        // Nobody waits for a farm here.
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
        if (_leases.Acquire(PlaceOf(job, first: null), Now, out _) is { } grant)
        {
            Start(grant.Lease, job);
        }
    }

    private JobPlace PlaceOf(SimulatedJob job, SimulatedAttempt? first) =>
        new(job, (long)(ForecastOf(job).Seconds * 1e6), Now.Passed.TotalMicroseconds) { First = first, NotOn = first?.Lease.Worker };

    private JobForecast ForecastOf(SimulatedJob job)
    {
        JobForecast forecast = _costs.Predict(FarmSimulation.KeysOf(job));
        return forecast.Basis == ForecastBasis.Command ? forecast : forecast with { Seconds = job.Guess };
    }

    private SimulatedAttempt Start(SlotLease lease, SimulatedJob job)
    {
        SimulatedAttempt attempt = _farm.Run(this, lease, job, ForecastOf(job));
        _underWay.Add(attempt);
        return attempt;
    }

    /// <summary>A change is over: the scheduler hears what is wanted now, and time is kept while it matters.</summary>
    private void Settle()
    {
        Invariant.Holds(_leases.Waiting + _leases.InUse >= _left - _build.Count, "A job is neither under way nor in the line.");
        if (_wanted != _demanded)
        {
            _demanded = _wanted;
            _farm.Say(new DemandChanged(_farm.Now, _name, _wanted));
        }

        if (_leases.IsTimeKept && !_isTimeKept)
        {
            _isTimeKept = true;
            _farm.After(Linger.TotalSeconds, Pass);
        }
    }

    private void Pass()
    {
        _isTimeKept = false;
        _leases.Pass(Now);
        Settle();
    }

    /// <summary>A job in the line; or a second attempt at one that is under way.</summary>
    private sealed class JobPlace(SimulatedJob job, long size, double since) : WaitingPlace(size, memory: 0, since)
    {
        public SimulatedJob Job => job;

        public SimulatedAttempt? First { get; init; }
    }
}
