using System.Collections.Immutable;
using IceCream.Jobs;

namespace IceCream.Scheduling;

/// <summary>
/// The scheduler's state machine. The slots of a platform are divided between the users who want some, by their weights, and a user's share between the
/// user's agents; work ahead gets what is left. No slot stays free while an agent could use it; agents above their share must return what others lack.
/// A lease ends when its agent returns it or leaves, or when its worker leaves: never because of the clock, which may have jumped while all of them are
/// still connected. The end of a lease is for workers, which cannot ask: a worker takes no job under a lease that was not renewed.
/// Events about agents, workers or leases that no longer exist change nothing: such events cross with those that removed them.
/// </summary>
internal sealed partial class SchedulerState : IScheduler
{
    private readonly IPlacementPolicy placement;
    private readonly SortedDictionary<string, RosterWorker> workers = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, RosterAgent> agents = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SlotPool> pools = new(StringComparer.Ordinal);
    private readonly Dictionary<long, RosterLease> leases = [];
    private readonly SortedSet<string> quarantined = new(StringComparer.Ordinal);
    private readonly LeaseEnds ends;
    private readonly FarmKnowledge knowledge;
    private readonly int tryAgainWithin;
    private readonly ImmutableDictionary<string, UserShare> shares;
    private double coldSeconds = 1;
    private long nextLease;

    /// <summary>Creates a farm without nodes.</summary>
    /// <param name="options">The options for granting leases.</param>
    /// <param name="placement">Chooses between workers.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public SchedulerState(SchedulerOptions options, IPlacementPolicy placement)
        : this(options, placement, new FarmKnowledge())
    {
    }

    /// <summary>Creates a farm with knowledge from an earlier run.</summary>
    internal SchedulerState(SchedulerOptions options, IPlacementPolicy placement, FarmKnowledge knowledge)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(placement);
        options.Validate();
        this.placement = placement;
        this.knowledge = knowledge;
        tryAgainWithin = options.TryAgainWithin;
        shares = options.Shares;
        nextLease = options.FirstLease;
        ends = new LeaseEnds(options.LeaseTime);
    }

    /// <summary>What it has learned, to be kept across restarts.</summary>
    internal FarmKnowledge Knowledge => knowledge;

    /// <inheritdoc/>
    public IReadOnlyList<SchedulerDecision> Apply(SchedulerEvent occurred)
    {
        ArgumentNullException.ThrowIfNull(occurred);
        var decisions = new List<SchedulerDecision>();
        switch (occurred)
        {
            case WorkerJoined joined:
                Join(joined, decisions);
                break;
            case WorkerLeft left when workers.Remove(left.Worker, out RosterWorker? worker):
                Leave(worker, left.At, decisions);
                break;
            case AgentJoined joined:
                Join(joined, decisions);
                break;
            case AgentLeft left when agents.Remove(left.Agent, out RosterAgent? agent):
                Divide(Leave(agent), left.At, decisions);
                break;
            case DemandChanged changed when agents.TryGetValue(changed.Agent, out RosterAgent? agent):
                PoolOf(agent.Platform).Want(agent, Math.Clamp(changed.Wanted, 0, SlotLease.MostPerNode), Math.Max(0, changed.LeastMemory));
                Divide(PoolOf(agent.Platform), changed.At, decisions);
                break;
            case LeaseReturned returned when leases.TryGetValue(returned.Lease, out RosterLease? lease) && lease.Agent.Name == returned.Agent:
                Release(lease);
                Divide(PoolOf(lease.Agent.Platform), returned.At, decisions);
                break;
            case JobEnded ended when workers.TryGetValue(ended.Worker, out RosterWorker? worker):
                End(worker, ended.Report, ended.At, decisions);
                break;
            case WorkerLoaded loaded when workers.TryGetValue(loaded.Worker, out RosterWorker? worker):
                worker.Load = loaded.Load;
                break;
            case WorkerBlamed blamed when workers.TryGetValue(blamed.Worker, out RosterWorker? worker) && agents.TryGetValue(blamed.Agent, out RosterAgent? agent):
                Blame(worker, agent, blamed.At, decisions);
                break;
            case WorkerOutrun outrun when workers.TryGetValue(outrun.Worker, out RosterWorker? worker) && agents.TryGetValue(outrun.Agent, out RosterAgent? agent):
                Outrun(worker, agent, outrun.Speed);
                break;
            case CostsTold told when agents.ContainsKey(told.Agent):
                knowledge.Costs.Adopt(told.Costs);
                break;
            case WorkerDrained drained:
                Drain(drained.Worker, drained.Reason, drained.At, decisions);
                break;
            case TimePassed passed:
                PassQuarantine(passed.At, decisions);
                PassTime(passed.At, decisions);
                break;
        }

        return decisions;
    }

    /// <inheritdoc/>
    public ImmutableArray<NodeInfo> Describe()
    {
        var nodes = new SortedDictionary<string, NodeInfo>(StringComparer.Ordinal);
        foreach (RosterAgent agent in agents.Values)
        {
            nodes[agent.Name] = new NodeInfo { Name = agent.Name, Platform = agent.Platform, Waiting = agent.Waiting, State = "agent" };
        }

        // A daemon is an agent and a worker under one name.
        foreach (RosterWorker worker in workers.Values)
        {
            nodes[worker.Name] = new NodeInfo
            {
                Name = worker.Name,
                Address = worker.Address.ToString(),
                Platform = worker.Platform,
                Slots = worker.Slots,
                Running = worker.Leases.Count,
                Waiting = agents.TryGetValue(worker.Name, out RosterAgent? agent) ? agent.Waiting : 0,
                State = StateOf(worker, knowledge.Of(worker.Name)),
                Remark = RemarkOf(worker, knowledge.Of(worker.Name)),
                Speed = worker.Speed,
                SpeedJobs = knowledge.Of(worker.Name).Speed.Jobs,
                Memory = worker.Memory,
                Load = worker.Load,
            };
        }

        return [.. nodes.Values];
    }

    private static string StateOf(RosterWorker worker, KnownWorker known) =>
        worker.Slots == 0 ? "refusing"
        : known.Drained is not null ? "drained"
        : known.Health.Standing == WorkerStanding.Quarantined ? "quarantined"
        : known.Health.Standing == WorkerStanding.OnProbation ? "on probation"
        : worker.Leases.Count < worker.Slots ? "ready" : "full";

    private static string RemarkOf(RosterWorker worker, KnownWorker known) =>
        worker.Remark.Length > 0 ? worker.Remark
        : known.Drained is { } reason ? reason.Length > 0 ? reason : "its owner wants it to take no jobs"
        : known.Health.Describe();

    private void Join(WorkerJoined joined, List<SchedulerDecision> decisions)
    {
        var worker = new RosterWorker(joined);
        long? tried = null;
        SlotPool pool = PoolOf(worker.Platform);
        if (workers.TryGetValue(worker.Name, out RosterWorker? former))
        {
            SlotPool formerPool = PoolOf(former.Platform);
            RevokeAll([.. former.Leases.Values.Skip(formerPool == pool ? worker.Slots : 0)], decisions);
            formerPool.Remove(former);
            tried = formerPool == pool ? former.Tried : null;
            bool changed = former.Address != worker.Address || !former.Key.Span.SequenceEqual(worker.Key.Span);
            foreach (RosterLease lease in former.Leases.Values)
            {
                lease.Worker = worker;
                worker.Leases.Add(lease.Id, lease);
                worker.Recalled += lease.Agent.Kept.Contains(lease.Id) ? 0 : 1;
                if (changed)
                {
                    decisions.Add(new LeaseRenewed(lease.Agent.Name, Extend(lease, joined.At)));
                }
            }

            if (formerPool != pool)
            {
                TellCapacity(formerPool, decisions);
                Divide(formerPool, joined.At, decisions);
                Forget(former.Platform);
            }
        }

        workers[worker.Name] = worker;
        worker.Usable = UsableOf(worker);
        Measure(worker);
        pool.Add(worker, tried);
        RecallBeyond(pool, worker, decisions);
        TellCapacity(pool, decisions);
        Divide(pool, joined.At, decisions);
    }

    private void Leave(RosterWorker worker, DateTimeOffset at, List<SchedulerDecision> decisions)
    {
        SlotPool pool = PoolOf(worker.Platform);
        RevokeAll([.. worker.Leases.Values], decisions);
        pool.Remove(worker);
        TellCapacity(pool, decisions);
        Divide(pool, at, decisions);
        Forget(worker.Platform);
    }

    private void Join(AgentJoined joined, List<SchedulerDecision> decisions)
    {
        var agent = new RosterAgent(joined) { Class = ClassOf(joined.User, joined.Class) };
        SlotPool? formerPool = agents.Remove(agent.Name, out RosterAgent? former) ? Leave(former) : null;
        SlotPool pool = PoolOf(agent.Platform);
        agents.Add(agent.Name, agent);
        pool.Add(agent);
        ImmutableArray<SlotLease> held = joined.Held.IsDefault ? [] : joined.Held;
        foreach (SlotLease claimed in held.DistinctBy(lease => lease.Id))
        {
            if (!Fits(claimed, agent, out RosterWorker? worker))
            {
                decisions.Add(new LeaseRevoked(agent.Name, claimed.Id));
                continue;
            }

            // A recall may have been lost with the connection, so it is forgotten and repeated if need be.
            knowledge.Adopt(knowledge.Of(worker.Name), worker.Slots, Math.Clamp(claimed.Speed, Slowest, Fastest));
            var lease = new RosterLease(claimed.Id, worker, agent);
            Hold(pool, lease);
            nextLease = Math.Max(nextLease, lease.Id + 1);
            decisions.Add(new LeaseRenewed(agent.Name, Extend(lease, joined.At)));
        }

        foreach (RosterWorker crowded in agent.Leases.Values.Select(static lease => lease.Worker).Distinct().ToArray())
        {
            // A speed adopted for one lease's worker changes the estimates of the others.
            Measure(crowded);
            pool.Note(crowded);
            RecallBeyond(pool, crowded, decisions);
        }

        // An agent that reconnects with leases uses them. It reports next how many more it wants.
        pool.Want(agent, agent.Leases.Count, 0);
        if (formerPool is not null && formerPool != pool)
        {
            Divide(formerPool, joined.At, decisions);
        }

        TellCapacity(pool, decisions);
        Divide(pool, joined.At, decisions);
    }

    /// <summary>Removes an agent and its leases from its pool. The caller must then divide the pool.</summary>
    private SlotPool Leave(RosterAgent agent)
    {
        SlotPool pool = PoolOf(agent.Platform);
        Array.ForEach([.. agent.Leases.Values], Release);
        pool.Remove(agent);
        Forget(agent.Platform);
        return pool;
    }

    /// <summary>Whether a lease that an agent claims is genuine, and its worker still has room for it.</summary>
    private bool Fits(SlotLease claimed, RosterAgent agent, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out RosterWorker? worker) =>
        workers.TryGetValue(claimed.Worker, out worker) && worker.Platform == agent.Platform && worker.Leases.Count < worker.Slots &&
        claimed.Id is > 0 and < long.MaxValue && !leases.ContainsKey(claimed.Id) &&
        LeaseCapability.TryRead(worker.Key.Span, claimed.Capability.Span, out LeaseClaim? claim) && claim.Lease == claimed.Id && claim.Agent == agent.Name;

    private void Hold(SlotPool pool, RosterLease lease)
    {
        leases.Add(lease.Id, lease);
        pool.Hold(lease);
        Measure(lease.Worker);
        pool.Note(lease.Worker);
    }

    private SlotLease Extend(RosterLease lease, DateTimeOffset now)
    {
        ends.Extend(lease, now);
        byte[] capability = LeaseCapability.Create(lease.Worker.Key.Span, lease.Id, lease.Agent.Name, lease.Expires);

        // The speed with all slots in use: then every lease on a worker has the same speed, and it matters most to an agent that fills the farm.
        double speed = Math.Clamp(knowledge.SpeedOf(knowledge.Of(lease.Worker.Name), lease.Worker.Slots), Slowest, Fastest);
        return new SlotLease(lease.Id, lease.Worker.Name, lease.Worker.Address, lease.Expires, capability) { Speed = speed, Memory = lease.Worker.Memory };
    }

    private void Release(RosterLease lease)
    {
        leases.Remove(lease.Id);
        ends.Remove(lease);
        SlotPool pool = PoolOf(lease.Agent.Platform);
        pool.Release(lease);
        Measure(lease.Worker);
        pool.Note(lease.Worker);
    }

    private SlotPool PoolOf(string platform) =>
        pools.TryGetValue(platform, out SlotPool? pool) ? pool : pools[platform] = new SlotPool();

    /// <summary>Drops the pool of a platform without nodes.</summary>
    private void Forget(string platform)
    {
        if (pools.TryGetValue(platform, out SlotPool? pool) && pool.IsEmpty)
        {
            pools.Remove(platform);
        }
    }
}
