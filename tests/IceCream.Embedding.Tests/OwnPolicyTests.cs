using IceCream.Nodes;
using IceCream.Scheduling;
using Xunit;

namespace IceCream.Embedding.Tests;

/// <summary>A placement policy that prefers odd names.</summary>
public sealed class OwnPolicyTests
{
    private sealed class OddNames : IPlacementPolicy
    {
        public int Choose(string agent, IReadOnlyList<PlacementCandidate> candidates)
        {
            int odd = candidates.ToList().FindIndex(static candidate => (candidate.Worker[^1] - '0') % 2 == 1);
            return Math.Max(odd, 0);
        }
    }

    [Fact]
    public async Task Jobs_go_to_workers_with_odd_names()
    {
        using var project = new Project();
        await using EmbeddedFarm farm = await EmbeddedFarm.StartAsync(
            project.Farm with { Workers = 3, SlotsPerWorker = 1 }, new NodeServices { Placement = new OddNames() });
        for (int i = 0; i < 4; i++)
        {
            Assert.Contains((await project.CompileAsync(farm)).Worker, (string[])["embedded1", "embedded3"]);
        }
    }
}
