using IceCream.Jobs;
using IceCream.Scheduling;

namespace IceCream.Simulation;

/// <summary>
/// A farm in virtual time: the real scheduler, agents of real parts, and workers that take as long as they really do. Every message takes a millisecond. The same
/// arguments give the same history.
/// </summary>
internal sealed class FarmSimulation
{
    private const double Latency = 0.001, Cold = 1.5;

    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly PriorityQueue<Action, (double At, long Order)> _agenda = new();
    private readonly Dictionary<string, SimulatedWorker> _workers;
    private readonly Dictionary<string, int> _running = [];
    private readonly HashSet<(SimulatedAgent Agent, string Worker)> _warm = [];
    private readonly Dictionary<string, SimulatedAgent> _agents = [];
    private readonly SchedulerState _scheduler;
    private readonly Random _chance;
    private readonly double _lease = new SchedulerOptions().LeaseTime.TotalSeconds;
    private long _order;

    public FarmSimulation(IEnumerable<SimulatedWorker> workers, string placement, int agents, int seed)
    {
        _workers = workers.ToDictionary(static worker => worker.Name);
        _chance = new Random(seed);

        // icecream tries nobody again, and what divided slots before knew no turns either.
        bool isOurs = placement is PlacementPolicies.ExpectedFinish or PlacementPolicies.Fastest;
        _scheduler = new SchedulerState(
            isOurs ? new SchedulerOptions() : new SchedulerOptions { TryAgainWithin = 0 }, PlacementPolicies.Create(placement, new Random(seed)));
        foreach (SimulatedWorker worker in _workers.Values)
        {
            _scheduler.Apply(new WorkerJoined(Start, worker.Name, FarmAddress.Memory(worker.Name), "x86_64", worker.Slots, new byte[32]));
        }

        for (int i = 0; i < agents; i++)
        {
            _agents[$"a{i}"] = new SimulatedAgent(this, $"a{i}");
            _scheduler.Apply(new AgentJoined(Start, $"a{i}", $"u{i}", "x86_64", []));
        }
    }

    /// <summary>The time, in seconds since the start.</summary>
    public double Seconds { get; private set; }

    public DateTimeOffset Now => Start + TimeSpan.FromSeconds(Seconds);

    /// <summary>How many events the scheduler has met, and how many decisions it has made.</summary>
    public (long Events, long Decisions) Count { get; private set; }

    /// <summary>The part of all work that was done in vain.</summary>
    public double Wasted => _agents.Values.Sum(static agent => agent.Spent.Wasted) / Math.Max(1e-9, _agents.Values.Sum(static agent => agent.Spent.Done));

    /// <summary>How many jobs each worker has done.</summary>
    public Dictionary<string, int> Done { get; } = [];

    public static CostKeys KeysOf(SimulatedJob job) => new((ulong)job.Command, 1);

    /// <summary>Has each agent do a build, all beginning at once.</summary>
    /// <returns>How long the longest took, in seconds.</returns>
    public double Build(IReadOnlyList<SimulatedJob> jobs, int window)
    {
        double began = Seconds;
        foreach (SimulatedAgent agent in _agents.Values)
        {
            After(0, () => agent.Begin(jobs, window));
        }

        double tick = Seconds + (_lease / 8);
        while (_agents.Values.Any(static agent => agent.IsBuilding) || Seconds == began)
        {
            if (!_agenda.TryPeek(out Action? next, out (double At, long Order) due) || due.At > tick)
            {
                Seconds = tick;
                tick += _lease / 8;
                Apply(new TimePassed(Now));
                continue;
            }

            _agenda.Dequeue();
            Seconds = Math.Max(Seconds, due.At);
            next();
        }

        return _agents.Values.Max(static agent => agent.Ended) - began;
    }

    public void After(double seconds, Action what) => _agenda.Enqueue(what, (Seconds + seconds, _order++));

    /// <summary>A node says something, which arrives a moment later.</summary>
    public void Say(SchedulerEvent occurred) => After(Latency, () => Apply(occurred));

    /// <summary>A job goes to a worker, and comes back unless it is cancelled.</summary>
    public SimulatedAttempt Run(SimulatedAgent agent, SlotLease lease, SimulatedJob job, JobForecast forecast)
    {
        SimulatedWorker worker = _workers[lease.Worker];
        int running = _running[worker.Name] = _running.GetValueOrDefault(worker.Name) + 1;
        double fetch = _warm.Add((agent, worker.Name)) ? Cold : 0;
        bool fails = worker.Failing > 0 && _chance.NextDouble() < worker.Failing;
        double wall = fails ? 0.2 : worker.TimeOf(job.Seconds, running, Seconds + fetch);
        var attempt = new SimulatedAttempt(lease, job, forecast, Seconds);
        After(Latency + fetch + wall, () =>
        {
            if (attempt.IsCancelled)
            {
                return;
            }

            attempt.IsOver = true;
            _running[worker.Name]--;
            Done[worker.Name] = Done.GetValueOrDefault(worker.Name) + 1;
            var usage = new JobUsage(TimeSpan.FromSeconds(wall), TimeSpan.FromSeconds(wall), 0);
            Say(new JobEnded(Now, worker.Name, new CostReport
            {
                Lease = lease.Id,
                Keys = KeysOf(job),
                Outcome = fails ? JobOutcome.Failed : JobOutcome.Compiled,
                Usage = usage,
                Fetch = TimeSpan.FromSeconds(fetch),
                Running = running,
            }));
            After(Latency, () => agent.End(attempt, fails ? null : usage));
        });
        return attempt;
    }

    /// <summary>Nobody waits for a job any more: its worker is free a moment later.</summary>
    public void Cancel(SimulatedAttempt attempt)
    {
        attempt.IsCancelled = true;
        if (!attempt.IsOver)
        {
            After(Latency, () => _running[attempt.Lease.Worker]--);
        }
    }

    private void Apply(SchedulerEvent occurred)
    {
        IReadOnlyList<SchedulerDecision> decisions = _scheduler.Apply(occurred with { At = Now });
        Count = (Count.Events + 1, Count.Decisions + decisions.Count);
        foreach (SchedulerDecision decision in decisions)
        {
            After(Latency, () => _agents[decision.Agent].Hear(decision));
        }
    }
}
