using FsCheck;
using FsCheck.Xunit;
using IceCream.Jobs;
using IceCream.Scheduling;
using IceCream.Simulation;
using IceCream.Scheduling.Placement;
using Xunit;

namespace IceCream.Tests.Scheduling;

public sealed class SchedulerStateProperties
{
    private static readonly string[] Platforms = ["x86_64", "aarch64"];

    // The farm checks after every event that nothing is oversubscribed, no slot idles while somebody waits, and Describe() agrees; whenever time passes,
    // that no lease is lost by it and none is left to run out; and that a restart of the scheduler takes nothing from anybody.
    [Property(MaxTest = 2000)]
    public void Any_history_keeps_the_books_straight_and_leaves_nothing_behind(int seed, PositiveInt length)
    {
        var random = new Random(seed);
        var farm = new SimulatedFarm(PlacementPolicies.Names[(int)((uint)seed % (uint)PlacementPolicies.Names.Length)]);
        for (int i = 0; i < 20 + length.Get; i++)
        {
            Step(farm, random);
        }

        farm.ReturnRecalled();
        foreach (string agent in farm.Agents.Keys.ToArray())
        {
            farm.AgentLeaves(agent);
        }

        Assert.Empty(farm.Leases);
        Assert.All(farm.Scheduler.Describe(), node => Assert.Equal(0, node.Running));
    }

    [Property(MaxTest = 100)]
    public void The_same_events_bring_the_same_decisions(int seed)
    {
        var random = new Random(seed);
        foreach (string placement in PlacementPolicies.Names)
        {
            var farm = new SimulatedFarm(placement);
            for (int i = 0; i < 60; i++)
            {
                Step(farm, random, restarts: false);
            }

            var again = new SchedulerState(new SchedulerOptions(), PlacementPolicies.Create(placement, new Random(1)));
            Assert.All(farm.History, one => Assert.Equal(one.Decided, string.Join('\n', again.Apply(one.Occurred))));
        }
    }

    [Property(MaxTest = 100)]
    public void Users_who_want_enough_share_within_one_slot_whatever_happened_before(int seed)
    {
        var random = new Random(seed);
        var farm = new SimulatedFarm();
        int slots = random.Next(0, 20);
        farm.WorkerJoins("w", slots);
        farm.WorkerJoins("leaving", random.Next(0, 10));
        string[] users = [.. Enumerable.Range(0, random.Next(2, 6)).Select(i => $"u{i}")];
        var agents = new Dictionary<string, string>();
        foreach (string user in users)
        {
            for (int i = 0; i <= random.Next(3); i++)
            {
                agents.Add($"{user}-{i}", user);
                farm.AgentJoins($"{user}-{i}", user);
                farm.Wants($"{user}-{i}", random.Next(0, 30));
            }
        }

        if (random.Next(2) == 0)
        {
            farm.Drains("leaving", "");
        }
        else
        {
            farm.WorkerLeaves("leaving");
        }

        foreach (string agent in agents.Keys.OrderBy(_ => random.Next()))
        {
            farm.Wants(agent, 100);
        }

        farm.ReturnRecalled();

        int[] held = [.. users.Select(user => farm.Leases.Values.Count(lease => agents[lease.Agent] == user))];
        Assert.Equal(slots, held.Sum());
        Assert.True(held.Max() - held.Min() <= 1, string.Join(' ', held));
        foreach (var team in agents.GroupBy(agent => agent.Value, agent => farm.Of(agent.Key).Length))
        {
            Assert.True(team.Max() - team.Min() <= 1, string.Join(' ', team));
        }
    }

    // Numbers that come from outside, of any size and sign, by an embedder's transport perhaps: what is decided is bounded by the slots that there can be.
    [Property(MaxTest = 60)]
    public void No_number_from_outside_keeps_it_busy(int[] slots, int[] wishes, int extreme)
    {
        int[] extremes = [int.MaxValue, int.MinValue, extreme, -1];
        var scheduler = new SchedulerState(new SchedulerOptions(), new LeastLoadedPolicy());
        var at = new DateTimeOffset(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);
        int decisions = 0, events = 0, node = 0;
        foreach (int offered in slots.Take(3).Append(extremes[(uint)extreme % 4]))
        {
            Tell(new WorkerJoined(at, $"w{node}", FarmAddress.Memory($"w{node++}"), "x86_64", offered, new byte[32]));
        }

        foreach (int wanted in wishes.Take(3).Concat(extremes))
        {
            Tell(new AgentJoined(at, $"a{node}", $"u{node % 2}", "x86_64", []));
            Tell(new DemandChanged(at, $"a{node++}", wanted));
        }

        Tell(new TimePassed(at.AddDays(1)));
        int capacity = scheduler.Describe().Sum(seen => seen.Slots);
        Assert.InRange(capacity, 0, 4 * SlotLease.MostPerNode);
        Assert.All(scheduler.Describe(), seen => Assert.InRange(seen.Waiting, 0, SlotLease.MostPerNode));
        Assert.True(decisions <= events * (4 + (2 * capacity)), $"{decisions} decisions about {capacity} slots in {events} events");

        void Tell(SchedulerEvent occurred)
        {
            events++;
            decisions += scheduler.Apply(occurred).Count;
        }
    }

    [Property(MaxTest = 50)]
    public void Nobody_starves_even_where_there_are_more_agents_than_slots(int seed)
    {
        var random = new Random(seed);
        var farm = new SimulatedFarm();
        farm.WorkerJoins("w", random.Next(1, 4));
        int count = random.Next(2, 9);
        for (int i = 0; i < count; i++)
        {
            farm.AgentJoins($"a{i}", $"u{random.Next(4)}");
            farm.Wants($"a{i}", random.Next(1, 4));
        }

        var served = new HashSet<string>();
        for (int turn = 0; turn < 6 * count; turn++)
        {
            farm.ReturnRecalled();
            served.UnionWith(farm.Leases.Values.Select(held => held.Agent));
            farm.Passes(TimeSpan.FromSeconds(15));
        }

        Assert.Equal(count, served.Count);
    }

    [Property(MaxTest = 50)]
    public void A_clock_that_jumps_takes_no_lease_and_changes_no_share(int seed)
    {
        var random = new Random(seed);
        var farm = new SimulatedFarm();
        farm.WorkerJoins("w", random.Next(4, 12));
        for (int i = 0; i < 3; i++)
        {
            farm.AgentJoins($"a{i}", $"u{i}");
            farm.Wants($"a{i}", random.Next(1, 9));
        }

        farm.ReturnRecalled();
        long[] held = [.. farm.Leases.Keys.Order()];
        for (int jump = 0; jump < 20; jump++)
        {
            farm.Passes(TimeSpan.FromSeconds(random.Next(-100_000, 100_000)));
        }

        Assert.Equal(held, farm.Leases.Keys.Order());
        Assert.DoesNotContain(farm.Leases.Values, lease => lease.Recalled);
    }

    private static void Step(SimulatedFarm farm, Random random, bool restarts = true)
    {
        string worker = $"w{random.Next(4)}", agent = $"a{random.Next(5)}", platform = Platforms[random.Next(2)];
        switch (random.Next(17))
        {
            case 0 or 1:
                farm.WorkerJoins(worker, random.Next(0, 6), platform, random.Next(0, 4));
                break;
            case 13:
                farm.Drains(worker, random.Next(2) == 0 ? null : "a new disk");
                break;
            case 14 when farm.Leases.Count > 0:
                var blamed = farm.Leases.Values.ElementAt(random.Next(farm.Leases.Count));
                for (int failure = 0; failure < WorkerHealth.Limit; failure++)
                {
                    farm.Blames(blamed.Agent, blamed.Lease.Worker);
                }

                break;
            case 15 when farm.Workers.ContainsKey(worker):
                long[] leases = [.. farm.Leases.Where(held => held.Value.Lease.Worker == worker).Select(held => held.Key)];
                farm.Ends(worker, new CostReport
                {
                    Lease = leases.Length > 0 ? leases[random.Next(leases.Length)] : random.Next(),
                    Keys = new CostKeys((ulong)random.Next(9), (ulong)random.Next(3)),
                    Outcome = (JobOutcome)random.Next(1, 5),
                    Usage = new JobUsage(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(Math.Exp((random.NextDouble() * 12) - 6)), random.Next()),
                    Running = random.Next(1, 9),
                });
                break;
            case 16:
                farm.Wants(agent, random.Next(0, 12), random.Next(0, 4));
                break;
            case 2:
                farm.WorkerLeaves(worker);
                break;
            case 3:
                farm.Declares(agent, (PriorityClass)random.Next(3));
                farm.AgentJoins(agent, $"u{random.Next(3)}", platform);
                break;
            case 4 when farm.Agents.TryGetValue(agent, out var known):
                SlotLease[] held = [.. farm.Of(agent).Select(id => farm.Leases[id].Lease)];
                if (random.Next(2) == 0)
                {
                    farm.AgentLeaves(agent);
                }

                farm.AgentJoins(agent, "u0", known.Platform, held);
                break;
            case 5:
                farm.AgentLeaves(agent);
                break;
            case 6 or 7:
                farm.Wants(agent, random.Next(0, 12));
                break;
            case 8 when farm.Leases.Count > 0:
                farm.Returns(farm.Leases.Keys.ElementAt(random.Next(farm.Leases.Count)));
                break;
            case 9:
                farm.Passes(TimeSpan.FromHours((random.NextDouble() * 48) - 24));
                break;
            case 10 when restarts && random.Next(4) == 0:
                farm.SchedulerRestarts(random);
                break;
            default:
                farm.Passes(TimeSpan.FromSeconds(random.Next(-2, 40)));
                break;
        }
    }
}
