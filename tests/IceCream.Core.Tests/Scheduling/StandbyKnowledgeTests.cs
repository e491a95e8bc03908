using System.Collections.Immutable;
using IceCream.Clients;
using IceCream.Jobs;
using IceCream.Scheduling;
using IceCream.Scheduling.Placement;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace IceCream.Tests.Scheduling;

/// <summary>What a scheduler is told by those who know it already, or who have seen a worker do nothing.</summary>
public sealed class StandbyKnowledgeTests
{
    private static readonly DateTimeOffset At = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly CostKeys Keys = new(7, 3);

    [Fact]
    public void A_standby_takes_over_speeds_from_leases_and_costs_from_agents()
    {
        SchedulerState first = Farm(1);
        first.Apply(new AgentJoined(At, "desk", "ada", "x86_64", []));
        for (int i = 0; i < 20; i++)
        {
            first.Apply(Ended("fast", 1));
            first.Apply(Ended("slow", 8));
        }

        ImmutableArray<SlotLease> held = [.. first.Apply(new DemandChanged(At, "desk", 2)).OfType<LeaseGranted>().Select(static granted => granted.Lease)];
        Assert.Equal(2, held.Length);

        SchedulerState standby = Farm(1000);
        Assert.Equal(1.0, Ratio(standby));
        standby.Apply(new AgentJoined(At, "desk", "ada", "x86_64", held));
        Assert.InRange(Ratio(standby), 4, 16);

        standby.Apply(new CostsTold(At, "nobody", [new KnownCost(Keys.Command, false, 99, 0)]));
        Assert.Equal(ForecastBasis.Default, standby.Knowledge.Costs.Predict(Keys).Basis);
        standby.Apply(new CostsTold(At, "desk", [.. first.Knowledge.Costs.Latest(10)]));
        JobForecast told = standby.Knowledge.Costs.Predict(Keys), known = first.Knowledge.Costs.Predict(Keys);
        Assert.Equal((ForecastBasis.Command, known.Seconds), (told.Basis, told.Seconds));

        // What is known here already is not told anybody's way.
        standby.Apply(new CostsTold(At, "desk", [new KnownCost(Keys.Command, false, 99, 0)]));
        Assert.Equal(known.Seconds, standby.Knowledge.Costs.Predict(Keys).Seconds);
    }

    [Fact]
    public void An_agent_tells_what_it_has_learned()
    {
        using var costs = new JobCosts(null, TimeProvider.System, NullLogger.Instance);
        Assert.Empty(costs.Latest());
        costs.Learn(Keys, new JobUsage(default, TimeSpan.FromSeconds(4), 1 << 20), 0.5, 0);
        Assert.Equal([new KnownCost(Keys.Group, true, 2, 1 << 20), new KnownCost(Keys.Command, false, 2, 1 << 20)], costs.Latest(), Near);

        static bool Near(KnownCost one, KnownCost other) => one with { Seconds = 0 } == other with { Seconds = 0 } && Math.Abs(one.Seconds - other.Seconds) < 1e-6;
    }

    [Fact]
    public void A_worker_that_was_outrun_is_thought_slower_once_for_each_lease_on_it()
    {
        SchedulerState scheduler = Farm(1);
        scheduler.Apply(new AgentJoined(At, "desk", "ada", "x86_64", []));
        scheduler.Apply(new AgentJoined(At, "stranger", "eve", "x86_64", []));
        SlotLease lease = scheduler.Apply(new DemandChanged(At, "desk", 2)).OfType<LeaseGranted>().Select(static granted => granted.Lease).Single(static granted => granted.Worker == "slow");
        scheduler.Apply(new WorkerOutrun(At, "stranger", "slow", 0.1));
        Assert.Equal(1.0, Ratio(scheduler));
        for (int i = 0; i < 10; i++)
        {
            scheduler.Apply(new WorkerOutrun(At, "desk", "slow", 0.1));
            double once = Ratio(scheduler);
            scheduler.Apply(new WorkerOutrun(At, "desk", "slow", 0.001));
            Assert.Equal(once, Ratio(scheduler));
            scheduler.Apply(Ended("fast", 1));
            lease = Assert.Single(scheduler.Apply(new LeaseReturned(At, "desk", lease.Id)).OfType<LeaseGranted>()).Lease;
        }

        Assert.InRange(Ratio(scheduler), 3, 100);

        // That it is slower than it is known to be is no news when it is not.
        double before = Ratio(scheduler);
        scheduler.Apply(new WorkerOutrun(At, "desk", "slow", 5));
        Assert.Equal(before, Ratio(scheduler));
    }

    private static SchedulerState Farm(long firstLease)
    {
        var scheduler = new SchedulerState(new SchedulerOptions { FirstLease = firstLease }, new ExpectedFinishPolicy());
        foreach (string worker in new[] { "fast", "slow" })
        {
            scheduler.Apply(new WorkerJoined(At, worker, FarmAddress.Memory(worker), "x86_64", 1, new byte[32]));
        }

        return scheduler;
    }

    private static JobEnded Ended(string worker, double seconds) => new(At, worker, new CostReport
    {
        Lease = 0, Keys = Keys, Outcome = JobOutcome.Compiled, Usage = new JobUsage(default, TimeSpan.FromSeconds(seconds), 0),
    });

    private static double Ratio(SchedulerState scheduler)
    {
        var nodes = scheduler.Describe().Where(static node => node.Slots > 0).ToDictionary(static node => node.Name, static node => node.Speed);
        return nodes["fast"] / nodes["slow"];
    }
}
