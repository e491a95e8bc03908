using System.Diagnostics;
using IceCream.EndToEnd.Tests.Kit;

namespace IceCream.EndToEnd.Tests;

/// <summary>Many launchers at once, with and without an agent.</summary>
public sealed class CrowdTests
{
    [Needs("gcc")]
    [Trait("Length", "Long")]
    public async Task Two_hundred_launchers_start_one_agent_which_ends_when_it_is_idle()
    {
        using var space = new Workspace();
        string root = space.Folder("work"), socket = space.Under("agent.socket");
        space.Write("work/x.c", "int x;\n");
        string settings = space.Write("icecream.conf", $"ICECREAM_IDLE_EXIT=1\nICECREAM_SCHEDULER=127.0.0.1:1\nICECREAM_STATE_DIR={space.Folder("state")}\n");
        (string, string)[] variables = [("ICECREAM_AUTOSTART", "1"), ("ICECREAM_SOCKET", socket), ("ICECREAM_CONFIG", settings)];

        // Read to the end of its streams: an agent that held one of them would keep the build waiting.
        Ending ending = await Shell.RunAsync(
            $"n=0; while [ $n -lt 200 ]; do '{Programs.Launcher}' gcc -c x.c -o x$n.o || echo $n & n=$((n+1)); done; wait; ls *.o | wc -l", root, variables);
        Assert.Equal(new Ending(0, "200\n", ""), ending);

        ProcessTable.Entry[] agents = Agents();
        Assert.True(agents.Length == 1, $"{agents.Length} agents: {string.Join('\n', agents.Select(agent => agent.Words))}\n{await File.ReadAllTextAsync(socket + ".log")}");
        try
        {
            using Process agent = Process.GetProcessById(agents[0].Id);
            await agent.WaitForExitAsync().WaitAsync(Shell.Patience);
            Assert.DoesNotContain("broke off", await File.ReadAllTextAsync(socket + ".log"), StringComparison.Ordinal);
        }
        finally
        {
            foreach (ProcessTable.Entry left in Agents())
            {
                using Process agent = Process.GetProcessById(left.Id);
                agent.Kill();
                await agent.WaitForExitAsync();
            }
        }

        ProcessTable.Entry[] Agents() => [.. ProcessTable.Read().Where(entry => !entry.IsDead && entry.Words.Contains($"--socket {socket}", StringComparison.Ordinal))];
    }

    [Needs("gcc")]
    [Trait("Length", "Long")]
    public async Task Whoever_forbids_to_compile_here_is_told_that_there_is_no_farm()
    {
        using var space = new Workspace();
        space.Write("x.c", "int x;\n");
        string command = $"'{Programs.Launcher}' gcc -c x.c";
        Ending ending = await Shell.RunAsync(command, space.Root, ("ICECREAM_SOCKET", space.Under("none")), ("ICECREAM_MODE", "remote"));
        Assert.Equal(1, ending.ExitCode);
        Assert.Contains("ICECREAM_MODE=remote", ending.Error, StringComparison.Ordinal);

        await using FarmProcesses farm = await FarmProcesses.StartAsync(workers: 0);
        ending = await farm.RunAsync(command, space.Root, ("ICECREAM_MODE", "remote"));
        Assert.NotEqual(0, ending.ExitCode);
        Assert.Contains("was not run", ending.Error, StringComparison.Ordinal);
        Assert.Equal(1, (await farm.StatisticsAsync()).Failed);
        Assert.False(File.Exists(space.Under("x.o")));

        // Where it is not forbidden, the same farm costs nothing but a reason.
        Assert.Equal(new Ending(0, "", ""), await farm.RunAsync(command, space.Root));
        Assert.Contains((await farm.StatisticsAsync()).Reasons, reason => reason.Name == "NoFarm");
    }

    [Needs("gcc", "make")]
    public async Task Never_more_links_at_once_than_local_slots()
    {
        const int Slots = 2, Links = 24;
        using var space = new Workspace();
        string tools = space.Folder("tools");

        // A linker that takes one of so many places, and says when there is none.
        space.Write("tools/ld", $$"""
            #!/bin/sh
            mine=
            for n in {{string.Join(' ', Enumerable.Range(0, Slots))}}; do
                if mkdir "{{tools}}/place$n" 2>/dev/null; then mine={{tools}}/place$n; break; fi
            done
            [ -n "$mine" ] || echo crowded >>"{{tools}}/crowded"
            ld "$@"
            code=$?
            [ -z "$mine" ] || rmdir "$mine"
            exit $code
            """, executable: true);
        space.Write("main.c", "int other(void);\nint main(void) { return other(); }\n");
        space.Write("other.c", "int other(void) { return 0; }\n");
        space.Write("Makefile", $"all: $(foreach n,{string.Join(' ', Enumerable.Range(0, Links))},p$(n).program)\n%.program: main.o other.o\n\tgcc -B '{tools}/' $^ -o $@\n");
        await using FarmProcesses farm = await FarmProcesses.StartAsync(workers: 1, localSlots: Slots);
        Ending ending = await farm.RunAsync("make -j32", space.Root);
        Statistics statistics = await farm.StatisticsAsync();
        Assert.True(ending.ExitCode == 0, $"{ending}\n{statistics}");
        Assert.Equal(Links, Directory.GetFiles(space.Root, "*.program").Length);
        Assert.False(File.Exists(Path.Combine(tools, "crowded")));
        Assert.Equal(Links, statistics.Local);
    }
}
