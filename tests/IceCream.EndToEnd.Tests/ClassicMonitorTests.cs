using IceCream.EndToEnd.Tests.Kit;

namespace IceCream.EndToEnd.Tests;

/// <summary>The monitors of icecream, as its users have them, before a farm of programs.</summary>
public sealed class ClassicMonitorTests
{
    [Needs("icecream-sundae", "tmux", "gcc", "bwrap"), Trait("Length", "Long")]
    public async Task Icecream_sundae_shows_the_nodes_and_what_they_compile()
    {
        using var space = new Workspace();
        await using FarmProcesses farm = await FarmProcesses.StartAsync(workers: 2, others: ["env", "ICECREAM_CLASSIC_MONITOR=yes"]);
        await using Screen screen = await Screen.StartAsync(space, 110, 30, $"USE_SCHEDULER={farm.Address} icecream-sundae");
        await screen.UntilAsync(static seen => seen.Contains("w1", StringComparison.Ordinal) && seen.Contains("w2", StringComparison.Ordinal), "both workers");
        await farm.ProbeAsync();
        await screen.UntilAsync(static seen => seen.Contains("client", StringComparison.Ordinal), "the machine that submits");
    }

    [Needs("icecream-sundae", "tmux", "gcc", "bwrap"), Trait("Length", "Long")]
    public async Task A_scheduler_that_is_not_told_so_shows_it_nothing()
    {
        using var space = new Workspace();
        await using FarmProcesses farm = await FarmProcesses.StartAsync(workers: 1, probes: false);
        await using Screen screen = await Screen.StartAsync(space, 110, 30, $"USE_SCHEDULER={farm.Address} timeout --foreground 3 icecream-sundae");
        string seen = await screen.UntilAsync(static seen => seen.Contains("ended with 124", StringComparison.Ordinal), "its end");
        Assert.DoesNotContain("w1", seen, StringComparison.Ordinal);
    }
}
