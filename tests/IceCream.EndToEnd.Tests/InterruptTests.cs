using IceCream.EndToEnd.Tests.Kit;
using Mono.Unix.Native;

namespace IceCream.EndToEnd.Tests;

/// <summary>Ctrl-C in the middle of a build.</summary>
public sealed class InterruptTests
{
    [Needs("make", "g++", "bwrap")]
    public async Task Everything_ends_here_and_elsewhere_and_the_next_build_is_right()
    {
        using var space = new Workspace();
        string root = space.Folder("project");
        for (int i = 0; i < 8; i++)
        {
            // Long enough that none would end by itself while the test looks.
            space.Write($"project/slow{i}.cpp", GeneratedProject.SlowSource(i, rounds: 200_000));
        }

        space.Write("project/quick.cpp", "int quick;\n");
        space.Write("project/Makefile", "all: $(foreach n,0 1 2 3 4 5 6 7,slow$(n).o)\n%.o: %.cpp\n\tg++ -fconstexpr-ops-limit=100000000000 -c $< -o $@\n");
        await using FarmProcesses farm = await FarmProcesses.StartAsync();
        using Shell make = farm.Start("exec make -j8", root);
        await farm.UntilAsync(
            _ => ProcessTable.Below(farm.Workers.Select(worker => worker.Id)).Count(process => process.Words.Contains("cc1plus ", StringComparison.Ordinal)) == 6,
            "a compiler on every slot");

        Assert.Equal(0, Syscall.kill(-make.Id, Signum.SIGINT));
        Ending ending = await make.EndAsync();
        Assert.NotEqual(0, ending.ExitCode);
        Assert.Empty(ProcessTable.OfSession(make.Id));
        await farm.UntilAsync(
            nodes => nodes.All(node => node is { Running: 0, Waiting: 0 }) && ProcessTable.Below([farm.Agent.Id, .. farm.Workers.Select(worker => worker.Id)]).Count == 0,
            "no job and no compiler");
        Assert.Empty(Directory.GetFiles(root, "*.o*"));

        ending = await farm.RunAsync("make quick.o", root);
        Statistics statistics = await farm.StatisticsAsync();
        Assert.True(ending.ExitCode == 0, $"{ending}\n{statistics}");
        Assert.Equal("remote", statistics.Last("quick.cpp").Place);
        Assert.True(statistics is { Cancelled: >= 6, Failed: 0 }, statistics.ToString());
    }
}
