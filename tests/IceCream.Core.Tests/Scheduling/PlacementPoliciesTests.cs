using FsCheck.Xunit;
using IceCream.Jobs;
using IceCream.Scheduling;
using IceCream.Scheduling.Placement;
using Xunit;

namespace IceCream.Tests.Scheduling;

public sealed class PlacementPoliciesTests
{
    [Fact]
    public void The_least_loaded_worker_is_the_one_with_the_fewest_leases_per_slot()
    {
        PlacementCandidate[] candidates = [new("a", 2, 1), new("b", 8, 3), new("c", 16, 6)];
        Assert.Equal(1, new LeastLoadedPolicy().Choose("agent", candidates));
    }

    [Fact]
    public void Chance_reaches_every_one_of_several_equals_and_no_other()
    {
        var policy = PlacementPolicies.Create(PlacementPolicies.LeastLoadedRandom, new Random(1));
        PlacementCandidate[] candidates = [new("a", 2, 0), new("b", 2, 1), new("c", 4, 0), new("d", 1, 0)];
        Assert.Equal([0, 2, 3], Enumerable.Range(0, 200).Select(_ => policy.Choose("agent", candidates)).Distinct().Order());
    }

    [Fact]
    public void Where_it_is_done_first_is_not_always_where_it_is_done_fastest()
    {
        PlacementCandidate[] candidates =
        [
            new("a", 2, 0) { Speed = 1, Expected = TimeSpan.FromSeconds(2) },
            new("b", 2, 0) { Speed = 4, Expected = TimeSpan.FromSeconds(3) },
            new("c", 2, 1) { Speed = 4.1, Expected = TimeSpan.FromSeconds(3) },
        ];
        Assert.Equal(0, Choose(PlacementPolicies.ExpectedFinish, candidates));
        Assert.Equal(2, Choose(PlacementPolicies.Fastest, candidates));
        Assert.Equal(0, Choose(PlacementPolicies.Icecream, candidates));
        Assert.Equal(1, Choose(PlacementPolicies.Icecream, [.. candidates.Select(candidate => candidate with { IsKnown = true })]));
    }

    [Fact]
    public void One_after_the_other_goes_round_whoever_comes_and_leaves()
    {
        var policy = PlacementPolicies.Create(PlacementPolicies.RoundRobin, new Random(1));
        PlacementCandidate[] all = [new("a", 2, 0), new("b", 2, 0), new("c", 2, 0), new("d", 2, 0)];
        Assert.Equal(["a", "b", "c", "d", "a"], Enumerable.Range(0, 5).Select(_ => all[policy.Choose("agent", all)].Worker));
        PlacementCandidate[] fewer = [all[0], all[3]];
        Assert.Equal("d", fewer[policy.Choose("agent", fewer)].Worker);
        Assert.Equal("a", fewer[policy.Choose("agent", fewer)].Worker);
    }

    // The default is found by indexes: they must find what a look at every worker would.
    [Property(MaxTest = 60)]
    public void The_default_chooses_what_a_look_at_every_worker_would_choose(int seed)
    {
        var random = new Random(seed);
        SchedulerState fast = Farm(new ExpectedFinishPolicy()), plain = Farm(new Looking());
        for (int step = 0; step < 80; step++)
        {
            string worker = $"w{random.Next(6)}";
            SchedulerEvent occurred = random.Next(3) > 0
                ? new DemandChanged(At, "a", random.Next(0, 20))
                : new JobEnded(At, worker, new CostReport
                {
                    Lease = random.Next(1, 40), Keys = new CostKeys((ulong)random.Next(3), 1), Outcome = JobOutcome.Compiled,
                    Usage = new JobUsage(default, TimeSpan.FromSeconds(random.NextDouble() * 9), 0), Fetch = TimeSpan.FromSeconds(random.NextDouble()), Running = random.Next(1, 5),
                });
            Assert.Equal(plain.Apply(occurred).Select(static decision => decision.ToString()), fast.Apply(occurred).Select(static decision => decision.ToString()));
        }

        static SchedulerState Farm(IPlacementPolicy policy)
        {
            var state = new SchedulerState(new SchedulerOptions(), policy);
            for (int i = 0; i < 6; i++)
            {
                state.Apply(new WorkerJoined(At, $"w{i}", FarmAddress.Memory($"w{i}"), "x86_64", 4, new byte[32]));
            }

            state.Apply(new AgentJoined(At, "a", "u", "x86_64", []));
            return state;
        }
    }

    private static readonly DateTimeOffset At = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static int Choose(string policy, PlacementCandidate[] candidates) => PlacementPolicies.Create(policy, new Random(1)).Choose("agent", candidates);

    /// <summary>The default policy under another name: the scheduler shows it every worker.</summary>
    private sealed class Looking : IPlacementPolicy
    {
        public int Choose(string agent, IReadOnlyList<PlacementCandidate> candidates) => new ExpectedFinishPolicy().Choose(agent, candidates);
    }

    [Fact]
    public void Every_name_makes_a_policy_and_other_names_are_refused()
    {
        Assert.All(PlacementPolicies.Names, name => Assert.NotNull(PlacementPolicies.Create(name, new Random(1))));
        Assert.Throws<ArgumentException>(() => PlacementPolicies.Create("best", new Random(1)));
    }
}
