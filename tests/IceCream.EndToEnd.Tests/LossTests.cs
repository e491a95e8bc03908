using IceCream.EndToEnd.Tests.Kit;
using Mono.Unix.Native;

namespace IceCream.EndToEnd.Tests;

/// <summary>Parts of the farm vanish in the middle of a build, and the build ends as if they had not.</summary>
public sealed class LossTests
{
    [Needs("make", "gcc", "g++", "bwrap")]
    public async Task A_worker_dies_and_then_the_scheduler_and_comes_back()
    {
        using var space = new Workspace();
        var project = new GeneratedProject(space.Folder("project"), 26, 6, 0);
        SortedDictionary<string, string> expected = await project.BuildHereAsync("make -j4", "out");
        await using FarmProcesses farm = await FarmProcesses.StartAsync();
        using var objects = new ObjectWatch(project.Root);
        using Shell make = farm.Start("make -j64", project.Root);
        await objects.AtLeastAsync(5);
        farm.Workers[1].Kill();
        await objects.AtLeastAsync(10);
        farm.Scheduler.Kill();
        await farm.Scheduler.ExitAsync();
        await objects.AtLeastAsync(15);
        await using NodeProcess dead = farm.Scheduler;
        await farm.StartSchedulerAsync();
        Ending ending = await make.EndAsync();
        Statistics statistics = await farm.StatisticsAsync();
        Assert.True(ending.ExitCode == 0, $"{ending}\n{statistics}");
        GeneratedProject.AssertSame(expected, GeneratedProject.Results(Path.Combine(project.Root, "out")), statistics.ToString());
        await farm.UntilAsync(nodes => nodes.Count(node => node.Slots > 0) == 2 && nodes.Any(node => node.State == "agent"), "two workers and the agent back");
        await farm.ProbeAsync();
        Assert.True((await farm.StatisticsAsync()).Remote > statistics.Remote);
    }

    [Needs("make", "gcc", "g++", "bwrap")]
    public async Task The_agent_dies()
    {
        using var space = new Workspace();
        var project = new GeneratedProject(space.Folder("project"), 18, 4, 0);
        SortedDictionary<string, string> expected = await project.BuildHereAsync("make -j4", "out");
        await using FarmProcesses farm = await FarmProcesses.StartAsync(workers: 1);
        using var objects = new ObjectWatch(project.Root);
        using Shell make = farm.Start("make -j32", project.Root, ("ICECREAM_LOG", space.Under("launcher.log")));
        await objects.AtLeastAsync(4);
        farm.Agent.Kill();
        Ending ending = await make.EndAsync();
        Assert.True(ending.ExitCode == 0, ending.ToString());
        GeneratedProject.AssertSame(expected, GeneratedProject.Results(Path.Combine(project.Root, "out")), ending.ToString());
        Assert.Contains("agent", await File.ReadAllTextAsync(space.Under("launcher.log")), StringComparison.Ordinal);
    }

    /// <summary>Whoever waits for it looks at it after a while, and who comes later before it asks: no build waits a minute for each of its files.</summary>
    [Needs("make", "gcc")]
    public async Task The_agent_stops()
    {
        using var space = new Workspace();
        var project = new GeneratedProject(space.Folder("project"), 12, 2, 0);
        SortedDictionary<string, string> expected = await project.BuildHereAsync("make -j4", "out");
        await using FarmProcesses farm = await FarmProcesses.StartAsync(workers: 0);
        farm.Agent.Signal(Signum.SIGSTOP);
        long since = System.Diagnostics.Stopwatch.GetTimestamp();
        Ending ending = await farm.RunAsync("make -j4", project.Root, ("ICECREAM_LOG", space.Under("launcher.log")));
        TimeSpan took = System.Diagnostics.Stopwatch.GetElapsedTime(since);
        Assert.True(ending.ExitCode == 0, ending.ToString());
        GeneratedProject.AssertSame(expected, GeneratedProject.Results(Path.Combine(project.Root, "out")), ending.ToString());
        Assert.Contains("the agent is stopped by a signal", await File.ReadAllTextAsync(space.Under("launcher.log")), StringComparison.Ordinal);
        Assert.True(took < TimeSpan.FromSeconds(60), $"It took {took}.");
    }

    /// <summary>Nobody tells that a stopped process will not answer. It lasts as long as a heartbeat may fail to come, or where jobs are raced until the beats of a few seconds have.</summary>
    [Needs("make", "g++", "bwrap")]
    [Trait("Length", "Long")]
    public async Task A_worker_stops_in_the_middle_of_its_jobs() => await StopAsync(isDynamic: false);

    [Needs("make", "g++", "bwrap")]
    public async Task A_worker_stops_and_its_jobs_are_raced() => await StopAsync(isDynamic: true);

    private static async Task StopAsync(bool isDynamic)
    {
        using var space = new Workspace();
        string root = space.Folder("project");
        for (int i = 0; i < 6; i++)
        {
            space.Write($"project/slow{i}.cpp", GeneratedProject.SlowSource(i));
        }

        space.Write("project/Makefile", "all: $(foreach n,0 1 2 3 4 5,slow$(n).o)\n%.o: %.cpp\n\tg++ -fconstexpr-ops-limit=1000000000 -c $< -o $@\n");
        Ending here = await Shell.RunAsync("make -j2 && mkdir here && mv *.o here", root);
        Assert.True(here.ExitCode == 0, here.ToString());
        await using FarmProcesses farm = await FarmProcesses.StartAsync(dynamic: isDynamic ? "always" : "off");
        using Shell make = farm.Start("make -j6", root);
        await farm.UntilAsync(nodes => nodes.Any(node => node is { Name: "w2", Running: > 0 }), "a job on the second worker");
        farm.Workers[1].Signal(Signum.SIGSTOP);
        Ending ending = await make.EndAsync();
        Statistics statistics = await farm.StatisticsAsync();
        Assert.True(ending.ExitCode == 0, $"{ending}\n{statistics}");
        for (int i = 0; i < 6; i++)
        {
            Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(root, $"here/slow{i}.o")), await File.ReadAllBytesAsync(Path.Combine(root, $"slow{i}.o")));
        }

        if (isDynamic)
        {
            Ending[] stories = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => Shell.RunAsync($"'{Programs.Host}' why slow{i}.cpp --socket '{farm.Socket}'", root)));
            Assert.Contains(stories, static story => story.Output.Contains("late on w2", StringComparison.Ordinal));
        }
    }
}
