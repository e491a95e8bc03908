using IceCream.Jobs;
using IceCream.Scheduling;

namespace IceCream.Simulation;

/// <summary>A scheduler and the world as its decisions make it, in virtual time.</summary>
internal sealed class SimulatedFarm
{
    private static readonly SchedulerOptions Options = new();

    private readonly HashSet<long> granted = [];
    private readonly Dictionary<string, string> users = [];
    private readonly Dictionary<string, PriorityClass> classes = [];
    private readonly Dictionary<string, long> memories = [], least = [];
    private readonly HashSet<string> drained = [];
    private readonly string placement;
    private SchedulerState scheduler;
    private bool settled = true;

    public SimulatedFarm(string placement = PlacementPolicies.ExpectedFinish, SchedulerOptions? options = null)
    {
        this.placement = placement;
        scheduler = new SchedulerState(options ?? Options, PlacementPolicies.Create(placement, new Random(1)));
    }

    public DateTimeOffset Now { get; private set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public Dictionary<string, (string Platform, int Slots)> Workers { get; } = [];

    public Dictionary<string, (string Platform, int Wanted)> Agents { get; } = [];

    public Dictionary<long, (string Agent, SlotLease Lease, bool Recalled)> Leases { get; } = [];

    public Dictionary<string, int> Capacity { get; } = [];

    /// <summary>What has happened since the scheduler began, and what it decided.</summary>
    public List<(SchedulerEvent Occurred, string Decided)> History { get; } = [];

    public SchedulerState Scheduler => scheduler;

    public static byte[] Key(string worker) => System.Text.Encoding.UTF8.GetBytes("key of " + worker);

    public IReadOnlyList<SchedulerDecision> WorkerJoins(string name, int slots, string platform = "x86_64", long memory = 0)
    {
        Workers[name] = (platform, slots);
        memories[name] = memory;
        return Apply(new WorkerJoined(Now, name, FarmAddress.Memory(name), platform, slots, Key(name)) { Memory = memory });
    }

    public IReadOnlyList<SchedulerDecision> Drains(string worker, string? reason)
    {
        if (reason is null)
        {
            drained.Remove(worker);
        }
        else
        {
            drained.Add(worker);
        }

        return Apply(new WorkerDrained(Now, worker, reason));
    }

    public IReadOnlyList<SchedulerDecision> Blames(string agent, string worker) => Apply(new WorkerBlamed(Now, agent, worker));

    public IReadOnlyList<SchedulerDecision> Ends(string worker, CostReport report) => Apply(new JobEnded(Now, worker, report));

    /// <summary>How many leases there may be on a worker.</summary>
    public int Usable(string worker) => drained.Contains(worker) ? 0 : scheduler.Knowledge.Of(worker).Health.Standing switch
    {
        WorkerStanding.Quarantined => 0,
        WorkerStanding.OnProbation => Math.Min(1, Workers[worker].Slots),
        _ => Workers[worker].Slots,
    };

    public IReadOnlyList<SchedulerDecision> WorkerLeaves(string name)
    {
        Workers.Remove(name);
        return Apply(new WorkerLeft(Now, name));
    }

    /// <summary>An agent comes, or comes back with what it holds.</summary>
    public IReadOnlyList<SchedulerDecision> AgentJoins(string name, string user, string platform = "x86_64", params SlotLease[] held)
    {
        foreach (long id in Of(name))
        {
            Leases.Remove(id);
        }

        foreach (SlotLease lease in held)
        {
            Leases[lease.Id] = (name, lease, false);
        }

        users[name] = user;
        PriorityClass priority = classes.GetValueOrDefault(name);
        least[name] = 0;
        Agents[name] = (platform, 0);
        var decisions = Apply(new AgentJoined(Now, name, user, platform, [.. held]) { Class = priority });
        Agents[name] = (platform, Of(name).Length);
        return decisions;
    }

    /// <summary>Of which class an agent is when it comes next.</summary>
    public void Declares(string agent, PriorityClass priority) => classes[agent] = priority;

    public IReadOnlyList<SchedulerDecision> AgentLeaves(string name)
    {
        Agents.Remove(name);
        foreach (long id in Of(name))
        {
            Leases.Remove(id);
        }

        return Apply(new AgentLeft(Now, name));
    }

    public IReadOnlyList<SchedulerDecision> Wants(string agent, int wanted, long memory = 0)
    {
        if (Agents.TryGetValue(agent, out var known))
        {
            Agents[agent] = (known.Platform, wanted);
            least[agent] = memory;
        }

        return Apply(new DemandChanged(Now, agent, wanted) { LeastMemory = memory });
    }

    public IReadOnlyList<SchedulerDecision> Returns(long lease)
    {
        Leases.Remove(lease, out var known);
        return Apply(new LeaseReturned(Now, known.Agent, lease));
    }

    /// <summary>The clock moves, which may also be backwards. Whatever it does, nobody loses a lease by it, and every lease has half of its time before it.</summary>
    public IReadOnlyList<SchedulerDecision> Passes(TimeSpan time)
    {
        Now += time;
        long[] before = [.. Leases.Keys.Order()];
        IReadOnlyList<SchedulerDecision> decisions = Apply(new TimePassed(Now));
        Invariant.Holds(!before.Except(Leases.Keys).Any(), "Time alone has cost somebody a lease.");
        Invariant.Holds(
            Leases.Values.All(held => held.Lease.Expires - Now > Options.LeaseTime / 2 && held.Lease.Expires - Now <= Options.LeaseTime), "A lease has less than half of its time before it, or more than all.");
        return decisions;
    }

    /// <summary>Another scheduler takes over, which reads what the last one has learned; workers and then agents come back to it in any order. No lease is lost by that.</summary>
    public void SchedulerRestarts(Random random)
    {
        var file = new MemoryStream();
        scheduler.Knowledge.Save(new BinaryWriter(file));
        file.Position = FarmKnowledge.Header.Length;
        scheduler = new SchedulerState(
            Options with { FirstLease = granted.DefaultIfEmpty().Max() + 1 }, PlacementPolicies.Create(placement, new Random(1)), FarmKnowledge.Load(new BinaryReader(file)));
        long[] before = [.. Leases.Keys.Order()];
        History.Clear();
        settled = false;
        foreach ((string name, (string platform, int slots)) in Workers.OrderBy(_ => random.Next()).ToArray())
        {
            WorkerJoins(name, slots, platform, memories[name]);
        }

        foreach ((string name, (string platform, _)) in Agents.OrderBy(_ => random.Next()).ToArray())
        {
            AgentJoins(name, users[name], platform, [.. Of(name).Select(id => Leases[id].Lease)]);
        }

        settled = true;
        Check();
        Invariant.Holds(before.SequenceEqual(Leases.Keys.Order()), "A lease was lost or made by the restart.");
    }

    /// <summary>Every lease that was asked back is given back, until none is.</summary>
    public void ReturnRecalled()
    {
        for (int round = 0; Leases.Values.FirstOrDefault(held => held.Recalled) is { Lease: { } lease }; round++)
        {
            Invariant.Holds(round < 10_000, "Leases are asked back without end.");
            Returns(lease.Id);
        }
    }

    public long[] Of(string agent) => [.. Leases.Where(held => held.Value.Agent == agent).Select(held => held.Key).Order()];

    private IReadOnlyList<SchedulerDecision> Apply(SchedulerEvent occurred)
    {
        IReadOnlyList<SchedulerDecision> decisions = scheduler.Apply(occurred);
        History.Add((occurred, string.Join('\n', decisions)));
        foreach (SchedulerDecision decision in decisions)
        {
            Carry(decision);
        }

        if (settled)
        {
            Check();
        }

        return decisions;
    }

    private void Carry(SchedulerDecision decision)
    {
        switch (decision)
        {
            case LeaseGranted grant:
                Invariant.Holds(granted.Add(grant.Lease.Id), "A lease was granted twice.");
                Invariant.Holds(Suits(grant.Lease.Worker, grant.Agent), "A job was sent where there is no memory for it.");
                Invariant.Holds(!drained.Contains(grant.Lease.Worker), "A drained worker was given a job.");
                Leases.Add(grant.Lease.Id, (grant.Agent, grant.Lease, false));
                Verify(grant.Agent, grant.Lease);
                break;
            case LeaseRenewed renewal:
                Invariant.Same(renewal.Agent, Leases[renewal.Lease.Id].Agent, "Whose lease is renewed");
                Leases[renewal.Lease.Id] = Leases[renewal.Lease.Id] with { Lease = renewal.Lease };
                Verify(renewal.Agent, renewal.Lease);
                break;
            case LeaseRecalled recall:
                Invariant.Same(recall.Agent, Leases[recall.Lease].Agent, "Whose lease is asked back");
                Invariant.Holds(!Leases[recall.Lease].Recalled, "A lease was recalled twice.");
                Leases[recall.Lease] = Leases[recall.Lease] with { Recalled = true };
                break;
            case LeaseRevoked revocation:
                Invariant.Holds(Leases.Remove(revocation.Lease, out var revoked), "A lease is void that nobody has.");
                Invariant.Same(revocation.Agent, revoked.Agent, "Whose lease is void");
                break;
            case CapacityChanged capacity:
                Capacity[capacity.Agent] = capacity.Slots;
                break;
        }
    }

    private bool Suits(string worker, string agent) => memories[worker] == 0 || memories[worker] >= least[agent];

    private void Verify(string agent, SlotLease lease)
    {
        Invariant.Holds(LeaseCapability.TryVerify(Key(lease.Worker), lease.Capability.Span, Now, out LeaseClaim? claim), "A worker would not admit the lease.");
        Invariant.Same(new LeaseClaim(lease.Id, agent, lease.Expires), claim, "What the lease claims");
    }

    /// <summary>What holds after every event.</summary>
    private void Check()
    {
        var running = Leases.Values.CountBy(held => held.Lease.Worker).ToDictionary();
        foreach (var held in Leases.Values)
        {
            Invariant.Holds(Workers.TryGetValue(held.Lease.Worker, out var worker), "A lease on a worker that is gone.");
            Invariant.Holds(running[held.Lease.Worker] <= worker.Slots, "A worker is oversubscribed.");
            Invariant.Same(worker.Platform, Agents[held.Agent].Platform, "The platform of a lease");
        }

        foreach ((string name, (string platform, int wanted)) in Agents)
        {
            string[] own = [.. Workers.Where(worker => worker.Value.Platform == platform).Select(worker => worker.Key)];
            bool isFree = own.Any(worker => Usable(worker) > running.GetValueOrDefault(worker) && Suits(worker, name));
            Invariant.Holds(!isFree || Of(name).Length >= wanted, "A slot is free while somebody waits.");
            Invariant.Same(own.Sum(Usable), Capacity[name], $"The capacity of {name}");
        }

        // Work ahead keeps nothing that somebody lacks who waits: it was asked back in the same moment.
        foreach (var platform in Agents.GroupBy(agent => agent.Value.Platform))
        {
            int lacking = platform.Where(agent => classes.GetValueOrDefault(agent.Key) != PriorityClass.Ahead && least[agent.Key] == 0).Sum(agent => Math.Max(0, agent.Value.Wanted - Of(agent.Key).Length));
            int coming = Leases.Values.Count(held => held.Recalled && Agents[held.Agent].Platform == platform.Key);
            int ahead = Leases.Values.Count(held => !held.Recalled && Agents[held.Agent].Platform == platform.Key && classes.GetValueOrDefault(held.Agent) == PriorityClass.Ahead);
            Invariant.Holds(ahead == 0 || lacking <= coming, "Work ahead keeps a slot that somebody waits for.");
        }

        // What an agent may keep is on slots that are handed out: the rest is asked back.
        Invariant.Holds(
            Leases.Values.Where(held => !held.Recalled).CountBy(held => held.Lease.Worker).All(kept => kept.Value <= Usable(kept.Key)),
            "A lease beyond what its worker is given is not asked back.");

        var described = scheduler.Describe();
        Invariant.Holds(Workers.Keys.Union(Agents.Keys).Order(StringComparer.Ordinal).SequenceEqual(described.Select(node => node.Name)), "Other nodes are described than there are.");
        foreach (NodeInfo node in described)
        {
            Invariant.Same(running.GetValueOrDefault(node.Name), node.Running, $"What runs on {node.Name}");
            Invariant.Same(Workers.GetValueOrDefault(node.Name).Slots, node.Slots, $"The slots of {node.Name}");
            Invariant.Same(Math.Max(0, Agents.GetValueOrDefault(node.Name).Wanted - Of(node.Name).Length), node.Waiting, $"What waits at {node.Name}");
        }
    }
}
