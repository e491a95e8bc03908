using System.Globalization;
using IceCream.Jobs;
using IceCream.Scheduling;
using IceCream.Simulation;
using IceCream.Scheduling.Placement;
using Xunit;

namespace IceCream.Tests.Scheduling;

/// <summary>An hour of a large farm in virtual time: builds come and go, workers are switched off and on, more is wanted at times than there is.</summary>
public sealed class LargeFarmTests
{
    private const int Workers = 3000, Agents = 60, Users = 20;

    // Renewals are most of the work of such an hour, and tell no more when they are many.
    private static readonly SchedulerOptions Options = new() { LeaseTime = TimeSpan.FromMinutes(2) };
    private static readonly TimeSpan Tick = Options.LeaseTime / 8, Patience = TimeSpan.FromMinutes(3);

    private Random random = new(20);
    private readonly SchedulerState scheduler = new(Options, new LeastLoadedPolicy());
    private readonly Dictionary<long, (int Agent, string Worker, DateTimeOffset Expires)> leases = [];
    private readonly Dictionary<string, int> slots = [], running = [];
    private readonly PriorityQueue<Action, DateTimeOffset> agenda = new();
    private readonly int[] wanted = new int[Agents], held = new int[Agents];
    private readonly DateTimeOffset[] lackingSince = new DateTimeOffset[Agents];
    private DateTimeOffset now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private bool wasShort;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    [Trait("Length", "Long")]
    public void Other_hours_are_no_worse(int seed)
    {
        random = new Random(seed);
        An_hour_with_thousands_of_nodes_leaves_nobody_without_and_no_lease_unrenewed();
    }

    [Fact]
    [Trait("Length", "Long")]
    public void An_hour_with_thousands_of_nodes_leaves_nobody_without_and_no_lease_unrenewed()
    {
        DateTimeOffset end = now + TimeSpan.FromHours(1);
        for (int i = 0; i < Workers; i++)
        {
            SwitchOn($"w{i}");
        }

        for (int i = 0; i < Agents; i++)
        {
            int agent = i;
            Apply(new AgentJoined(now, Name(agent), $"u{agent % Users}", "x86_64", []));
            lackingSince[agent] = now;
            Later(120, () => Build(agent));
        }

        for (DateTimeOffset tick = now + Tick; tick < end; tick += Tick)
        {
            while (agenda.TryPeek(out Action? next, out DateTimeOffset at) && at <= tick)
            {
                agenda.Dequeue();
                now = at;
                next();
            }

            now = tick;
            Apply(new TimePassed(now));
            Look();
        }

        Assert.True(wasShort, "There was always enough for everyone: the hour has shown little.");
    }

    private static string Name(int agent) => agent.ToString(CultureInfo.InvariantCulture);

    private void Later(double seconds, Action what) => agenda.Enqueue(what, now + TimeSpan.FromSeconds(random.NextDouble() * seconds));

    /// <summary>A build wants much at first and less towards its end; then the agent rests.</summary>
    private void Build(int agent)
    {
        Want(agent, random.Next(1, 300));
        Later(600, () =>
        {
            Want(agent, random.Next(0, wanted[agent]));
            Later(60, () =>
            {
                Want(agent, 0);
                Later(400, () => Build(agent));
            });
        });
    }

    private void Want(int agent, int count)
    {
        wanted[agent] = count;
        Apply(new DemandChanged(now, Name(agent), count));
        foreach (long lease in leases.Where(lease => lease.Value.Agent == agent).Select(lease => lease.Key).Skip(count).ToArray())
        {
            Return(lease);
        }
    }

    private void Return(long lease)
    {
        if (leases.Remove(lease, out var known))
        {
            held[known.Agent]--;
            running[known.Worker]--;
            Apply(new LeaseReturned(now, Name(known.Agent), lease));
        }
    }

    private void SwitchOn(string worker)
    {
        slots[worker] = random.Next(1, 3);
        running[worker] = 0;
        Apply(new WorkerJoined(now, worker, FarmAddress.Memory(worker), "x86_64", slots[worker], SimulatedFarm.Key(worker)));
        Later(30 * 3600, () =>
        {
            Apply(new WorkerLeft(now, worker));
            Assert.Equal(0, running[worker]);
            slots.Remove(worker);
            Later(600, () => SwitchOn(worker));
        });
    }

    private void Apply(SchedulerEvent occurred)
    {
        foreach (SchedulerDecision decision in scheduler.Apply(occurred))
        {
            int agent = int.Parse(decision.Agent, CultureInfo.InvariantCulture);
            switch (decision)
            {
                case LeaseGranted { Lease: var lease }:
                    leases.Add(lease.Id, (agent, lease.Worker, lease.Expires));
                    held[agent]++;
                    Assert.True(++running[lease.Worker] <= slots[lease.Worker], "A worker is oversubscribed.");
                    break;
                case LeaseRenewed { Lease: var lease }:
                    Assert.True(leases[lease.Id].Expires > now, "A lease ran out before it was renewed.");
                    leases[lease.Id] = (agent, lease.Worker, lease.Expires);
                    break;
                case LeaseRecalled { Lease: var lease }:
                    Later(20, () => Return(lease));
                    break;
                case LeaseRevoked { Lease: var lease }:
                    Assert.True(leases.Remove(lease, out var known));
                    held[agent]--;
                    running[known.Worker]--;
                    break;
            }
        }
    }

    private void Look()
    {
        bool full = leases.Count == slots.Values.Sum();
        for (int agent = 0; agent < Agents; agent++)
        {
            bool lacks = held[agent] < wanted[agent];
            Assert.True(full || !lacks, "A slot is free while somebody waits.");
            wasShort |= lacks;
            lackingSince[agent] = lacks && held[agent] == 0 ? lackingSince[agent] : now;
            Assert.True(now - lackingSince[agent] < Patience, $"Agent {agent} starves.");
        }

        foreach ((_, _, DateTimeOffset expires) in leases.Values)
        {
            if (expires <= now + (Options.LeaseTime / 2))
            {
                Assert.Fail("A lease that was due was not renewed.");
            }
        }
    }
}
