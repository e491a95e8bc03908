using IceCream.Jobs;
using IceCream.Scheduling;
using Xunit;

namespace IceCream.Tests.Scheduling;

/// <summary>A scheduler and the world as its decisions make it, in virtual time.</summary>
internal sealed class SimulatedFarm
{
    private static readonly SchedulerOptions Options = new();

    private readonly HashSet<long> granted = [];
    private readonly Dictionary<string, string> users = [];
    private SchedulerState scheduler = new(Options, new LeastLoadedPolicy());
    private bool settled = true;

    public DateTimeOffset Now { get; private set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public Dictionary<string, (string Platform, int Slots)> Workers { get; } = [];

    public Dictionary<string, (string Platform, int Wanted)> Agents { get; } = [];

    public Dictionary<long, (string Agent, SlotLease Lease, bool Recalled)> Leases { get; } = [];

    public Dictionary<string, int> Capacity { get; } = [];

    public SchedulerState Scheduler => scheduler;

    public static byte[] Key(string worker) => System.Text.Encoding.UTF8.GetBytes("key of " + worker);

    public IReadOnlyList<SchedulerDecision> WorkerJoins(string name, int slots, string platform = "x86_64")
    {
        Workers[name] = (platform, slots);
        return Apply(new WorkerJoined(Now, name, FarmAddress.Memory(name), platform, slots, Key(name)));
    }

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
        Agents[name] = (platform, 0);
        var decisions = Apply(new AgentJoined(Now, name, user, platform, [.. held]));
        Agents[name] = (platform, Of(name).Length);
        return decisions;
    }

    public IReadOnlyList<SchedulerDecision> AgentLeaves(string name)
    {
        Agents.Remove(name);
        foreach (long id in Of(name))
        {
            Leases.Remove(id);
        }

        return Apply(new AgentLeft(Now, name));
    }

    public IReadOnlyList<SchedulerDecision> Wants(string agent, int wanted)
    {
        if (Agents.TryGetValue(agent, out var known))
        {
            Agents[agent] = (known.Platform, wanted);
        }

        return Apply(new DemandChanged(Now, agent, wanted));
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
        Assert.Equal(before, Leases.Keys.Order());
        Assert.All(Leases.Values, held => Assert.InRange(held.Lease.Expires - Now, (Options.LeaseTime / 2) + TimeSpan.FromTicks(1), Options.LeaseTime));
        return decisions;
    }

    /// <summary>Another scheduler takes over; workers and then agents come back to it in any order. No lease is lost by that.</summary>
    public void SchedulerRestarts(Random random)
    {
        scheduler = new SchedulerState(Options with { FirstLease = granted.DefaultIfEmpty().Max() + 1 }, new LeastLoadedPolicy());
        long[] before = [.. Leases.Keys.Order()];
        settled = false;
        foreach ((string name, (string platform, int slots)) in Workers.OrderBy(_ => random.Next()).ToArray())
        {
            WorkerJoins(name, slots, platform);
        }

        foreach ((string name, (string platform, _)) in Agents.OrderBy(_ => random.Next()).ToArray())
        {
            AgentJoins(name, users[name], platform, [.. Of(name).Select(id => Leases[id].Lease)]);
        }

        settled = true;
        Check();
        Assert.Equal(before, Leases.Keys.Order());
    }

    /// <summary>Every lease that was asked back is given back, until none is.</summary>
    public void ReturnRecalled()
    {
        for (int round = 0; Leases.Values.FirstOrDefault(held => held.Recalled) is { Lease: { } lease }; round++)
        {
            Assert.True(round < 10_000, "Leases are asked back without end.");
            Returns(lease.Id);
        }
    }

    public long[] Of(string agent) => [.. Leases.Where(held => held.Value.Agent == agent).Select(held => held.Key).Order()];

    private IReadOnlyList<SchedulerDecision> Apply(SchedulerEvent occurred)
    {
        IReadOnlyList<SchedulerDecision> decisions = scheduler.Apply(occurred);
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
                Assert.True(granted.Add(grant.Lease.Id), "A lease was granted twice.");
                Leases.Add(grant.Lease.Id, (grant.Agent, grant.Lease, false));
                Verify(grant.Agent, grant.Lease);
                break;
            case LeaseRenewed renewal:
                Assert.Equal(renewal.Agent, Leases[renewal.Lease.Id].Agent);
                Leases[renewal.Lease.Id] = Leases[renewal.Lease.Id] with { Lease = renewal.Lease };
                Verify(renewal.Agent, renewal.Lease);
                break;
            case LeaseRecalled recall:
                Assert.Equal(recall.Agent, Leases[recall.Lease].Agent);
                Assert.False(Leases[recall.Lease].Recalled, "A lease was recalled twice.");
                Leases[recall.Lease] = Leases[recall.Lease] with { Recalled = true };
                break;
            case LeaseRevoked revocation:
                Assert.True(Leases.Remove(revocation.Lease, out var revoked));
                Assert.Equal(revocation.Agent, revoked.Agent);
                break;
            case CapacityChanged capacity:
                Capacity[capacity.Agent] = capacity.Slots;
                break;
        }
    }

    private void Verify(string agent, SlotLease lease)
    {
        Assert.True(LeaseCapability.TryVerify(Key(lease.Worker), lease.Capability.Span, Now, out LeaseClaim? claim));
        Assert.Equal(new LeaseClaim(lease.Id, agent, lease.Expires), claim);
    }

    /// <summary>What holds after every event.</summary>
    private void Check()
    {
        var running = Leases.Values.CountBy(held => held.Lease.Worker).ToDictionary();
        foreach (var held in Leases.Values)
        {
            Assert.True(Workers.TryGetValue(held.Lease.Worker, out var worker), "A lease on a worker that is gone.");
            Assert.True(running[held.Lease.Worker] <= worker.Slots, "A worker is oversubscribed.");
            Assert.Equal(worker.Platform, Agents[held.Agent].Platform);
        }

        foreach ((string name, (string platform, int wanted)) in Agents)
        {
            int slots = Workers.Values.Where(worker => worker.Platform == platform).Sum(worker => worker.Slots);
            int used = Leases.Values.Count(held => Agents[held.Agent].Platform == platform);
            Assert.True(used == slots || Of(name).Length >= wanted, "A slot is free while somebody waits.");
            Assert.Equal(slots, Capacity[name]);
        }

        var described = scheduler.Describe();
        Assert.Equal(Workers.Keys.Union(Agents.Keys).Order(StringComparer.Ordinal), described.Select(node => node.Name));
        foreach (NodeInfo node in described)
        {
            Assert.Equal(running.GetValueOrDefault(node.Name), node.Running);
            Assert.Equal(Workers.GetValueOrDefault(node.Name).Slots, node.Slots);
            Assert.Equal(Math.Max(0, Agents.GetValueOrDefault(node.Name).Wanted - Of(node.Name).Length), node.Waiting);
        }
    }
}
