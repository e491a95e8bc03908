using IceCream.EndToEnd.Tests.Kit;

namespace IceCream.EndToEnd.Tests;

/// <summary>A daemon that is started after the first launcher: the agent that this one started makes room.</summary>
public sealed class TakeoverTests
{
    [Needs("gcc", "bwrap")]
    public async Task A_daemon_takes_over_from_a_launchers_agent_while_a_build_runs_and_another_daemon_does_not()
    {
        using var space = new Workspace();
        string work = space.Folder("work"), socket = space.Under("agent.socket");
        space.Write("work/a.c", "int a;\n");
        (string Name, string Value)[] variables = [("ICECREAM_SOCKET", socket), ("ICECREAM_STATE_DIR", space.Folder("state")), ("ICECREAM_SCHEDULER", "127.0.0.1:1"), ("L", Programs.Launcher), ("H", Programs.Host)];
        Ending first = await Shell.RunAsync("ICECREAM_AUTOSTART=1 \"$L\" gcc -c a.c && until \"$H\" stats >out; do :; done", work, variables);
        Assert.True(first.ExitCode == 0, first.ToString());
        ProcessTable.Entry old = Assert.Single(ProcessTable.Read(), entry => entry.Words.Contains($"--yield --socket {socket}", StringComparison.Ordinal));

        using Shell build = Shell.Start("n=0; while [ ! -e stop ]; do n=$((n + 1)); \"$L\" gcc -c a.c -o o$n.o || echo lost $n; touch started; done; echo made $n; ls o*.o | wc -l", work, variables);
        await using (NodeProcess daemon = await NodeProcess.StartAsync(
            [], ["daemon", "--socket", socket, "--listen", "127.0.0.1:0", "--name", "d", "--scheduler", "127.0.0.1:1", "--state-dir", space.Under("state"), "--slots", "1"], "^icehost: agent at .*worker 'd'"))
        {
            Ending second = await Shell.RunAsync("\"$H\" daemon --listen 127.0.0.1:0", work, variables);
            Assert.Equal(1, second.ExitCode);
            Assert.Contains($"process {daemon.Id} is a daemon of its own right", second.Error, StringComparison.Ordinal);
            Assert.Contains("--no-agent", second.Error, StringComparison.Ordinal);
            Ending stats = await Shell.RunAsync("until [ -e started ] && \"$L\" gcc -c a.c && \"$H\" stats --json | grep -q a.c; do :; done; touch stop", work, variables);
            Assert.True(stats.ExitCode == 0, stats.ToString());
            Ending built = await build.EndAsync();
            string[] words = built.Output.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
            Assert.True(words.Length == 3 && words[1] == words[2], $"{built}\n{daemon.Log}");
        }

        using var patience = new CancellationTokenSource(Shell.Patience);
        while (ProcessTable.Read().Any(entry => entry.Id == old.Id && !entry.IsDead))
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
