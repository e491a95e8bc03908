using IceCream.Scheduling;
using IceCream.Simulation;
using Xunit;

namespace IceCream.Tests.Scheduling;

/// <summary>Builds of real agents and the real scheduler, in virtual time.</summary>
public sealed class FarmSimulationTests
{
    private static readonly SimulatedWorker[] Farm = SimulatedWorld.Farm(5, new Random(1));
    private static readonly SimulatedJob[] Build = SimulatedWorld.Build(120, new Random(2));

    [Theory]
    [InlineData(1, 0)]
    [InlineData(3, 0)]
    [InlineData(2, 0.5)]
    public void Every_job_of_every_build_is_done_whatever_a_worker_does(int agents, double failing)
    {
        var farm = new FarmSimulation(Farm.Select((worker, i) => i == 0 ? worker with { Failing = failing, SlowFrom = 20 } : worker), PlacementPolicies.ExpectedFinish, agents, 1);
        for (int round = 0; round < 2; round++)
        {
            Assert.True(farm.Build(Build, window: 40) > 0);
        }

        Assert.True(farm.Done.Values.Sum() >= 2 * agents * Build.Length);
    }

    [Fact]
    public void The_same_arguments_come_to_the_same_history()
    {
        Assert.Equal(History(), History());

        static (double Wall, (long Events, long Decisions) Count, double Wasted) History()
        {
            var farm = new FarmSimulation(Farm, PlacementPolicies.ExpectedFinish, agents: 2, seed: 3);
            return (farm.Build(Build, window: 40), farm.Count, farm.Wasted);
        }
    }

    /// <summary>A job that is late is begun on another worker as well, and what that costs in vain stays within its budget.</summary>
    [Fact]
    public void A_worker_that_turns_slow_does_not_hold_a_build_up()
    {
        int fastest = Array.IndexOf(Farm, Farm.MaxBy(static worker => worker.Speed));
        var healthy = new FarmSimulation(Farm, PlacementPolicies.ExpectedFinish, agents: 1, seed: 1);
        double first = healthy.Build(Build, window: 40), again = healthy.Build(Build, window: 40);
        var slowing = new FarmSimulation(
            Farm.Select((worker, i) => i == fastest ? worker with { SlowFrom = first * 1.3 } : worker), PlacementPolicies.ExpectedFinish, agents: 1, seed: 1);
        slowing.Build(Build, window: 40);

        // Jobs of half a minute that are begun on it then take five minutes there.
        Assert.InRange(slowing.Build(Build, window: 40), again, 10 * again);
        Assert.InRange(slowing.Wasted, 0, 0.1);
    }
}
