using IceCream.Scheduling;
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
    public void Every_name_makes_a_policy_and_other_names_are_refused()
    {
        Assert.All(PlacementPolicies.Names, name => Assert.NotNull(PlacementPolicies.Create(name, new Random(1))));
        Assert.Throws<ArgumentException>(() => PlacementPolicies.Create("best", new Random(1)));
    }
}
