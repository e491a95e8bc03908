using FsCheck.Xunit;
using IceCream.Jobs;
using IceCream.Scheduling;
using IceCream.Simulation;
using Xunit;

namespace IceCream.Tests.Scheduling;

public sealed class PlacementProperties
{
    // By any policy that favours some: whoever has a free slot is given a lease within the stated number of grants, and one for each other that is due too.
    [Property(MaxTest = 100)]
    public void Every_worker_is_tried_again_within_the_stated_number_of_grants_however_slow_it_was(int seed)
    {
        var random = new Random(seed);
        var farm = new SimulatedFarm(random.Next(2) == 0 ? PlacementPolicies.ExpectedFinish : PlacementPolicies.Fastest);
        int workers = random.Next(2, 6);
        for (int i = 0; i < workers; i++)
        {
            farm.WorkerJoins($"w{i}", random.Next(1, 9));
            for (int job = 0; job < 4; job++)
            {
                farm.Ends($"w{i}", new CostReport
                {
                    Lease = 0, Keys = new CostKeys(1, 1), Outcome = JobOutcome.Compiled, Usage = new JobUsage(default, TimeSpan.FromSeconds(Math.Exp(random.NextDouble() * 6)), 0),
                });
            }
        }

        farm.AgentJoins("a", "u");
        int bound = (new SchedulerOptions().TryAgainWithin + 1) * workers, grants = 0;
        var last = Enumerable.Range(0, workers).ToDictionary(i => $"w{i}", _ => 0);
        while (grants < 4 * bound)
        {
            foreach (LeaseGranted granted in farm.Wants("a", random.Next(1, 3)).OfType<LeaseGranted>())
            {
                last[granted.Lease.Worker] = ++grants;
            }

            Assert.True(last.Values.All(grant => grants - grant <= bound), $"bound {bound}, grants {grants}: {string.Join(", ", last)}");
            farm.Wants("a", 0);
            foreach (long lease in farm.Of("a"))
            {
                farm.Returns(lease);
            }
        }
    }

    [Property(MaxTest = 100)]
    public void Who_needs_a_large_worker_gets_it_however_others_hold_it(int seed)
    {
        var random = new Random(seed);
        var farm = new SimulatedFarm();
        farm.WorkerJoins("small", random.Next(1, 5), memory: 1);
        farm.WorkerJoins("large", random.Next(1, 3), memory: 9);
        int others = random.Next(1, 4);
        for (int i = 0; i < others; i++)
        {
            farm.AgentJoins($"a{i}", $"u{i}");
            farm.Wants($"a{i}", 20);
        }

        farm.AgentJoins("large jobs", "v");
        farm.Wants("large jobs", random.Next(1, 4), memory: 5);
        bool isServed = false;
        for (int round = 0; round < 2 * (others + 1); round++)
        {
            farm.ReturnRecalled();
            isServed |= farm.Of("large jobs").Length > 0;
            farm.Passes(TimeSpan.FromSeconds(16));
        }

        Assert.True(isServed, "It waits for ever.");
        Assert.All(farm.Of("large jobs"), lease => Assert.Equal("large", farm.Leases[lease].Lease.Worker));
    }

    [Fact]
    public void What_a_drained_worker_still_does_is_asked_of_nobody_else_until_it_has_come_back()
    {
        var farm = new SimulatedFarm();
        farm.WorkerJoins("w", 2);
        farm.AgentJoins("a", "u");
        farm.Wants("a", 2);
        farm.WorkerJoins("x", 2);
        farm.AgentJoins("b", "v");
        farm.Wants("b", 4);
        farm.Drains("w", "");
        Assert.Equal(2, farm.Leases.Values.Count(held => held.Recalled));
        Assert.All(farm.Leases.Values, held => Assert.Equal(held.Lease.Worker == "w", held.Recalled));

        // Now one job of the first user waits, and what is left on the drained worker will free no slot for it.
        farm.Returns(farm.Of("a")[0]);
        Assert.Single(farm.Leases.Values, held => held is { Recalled: true, Lease.Worker: "x" });
    }

    [Fact]
    public void Who_needs_a_large_worker_does_not_wait_for_a_turn_while_he_has_less_than_his_part()
    {
        var farm = new SimulatedFarm();
        farm.WorkerJoins("small", 1, memory: 1);
        farm.WorkerJoins("large", 1, memory: 9);
        farm.AgentJoins("b", "v");
        farm.Wants("b", 2);
        farm.AgentJoins("a", "u");
        farm.Wants("a", 1, memory: 5);
        Assert.Equal("large", Assert.Single(farm.Leases.Values, held => held.Recalled).Lease.Worker);
        farm.ReturnRecalled();
        Assert.Equal("large", farm.Leases[Assert.Single(farm.Of("a"))].Lease.Worker);
    }
}
