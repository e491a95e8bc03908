using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using IceCream.EndToEnd.Tests.Kit;

namespace IceCream.EndToEnd.Tests;

/// <summary>Finding the scheduler between machines whose firewalls let in the ports that are documented, and nothing that is not asked for.</summary>
public sealed class FirewallTests
{
    private const string Ready = "^icehost: scheduler of network";

    [Needs("gcc", "bwrap", Networks = true)]
    public async Task The_documented_ports_are_enough()
    {
        await using var networks = new Networks();
        string there = await networks.AddAsync(), here = await networks.AddAsync();
        string cable = await networks.ConnectAsync(there, here);
        await Networks.CloseAsync(there);
        await Networks.CloseAsync(here);
        using var space = new Workspace();
        await using NodeProcess scheduler = await NodeProcess.StartAsync(Networks.On(there), ["scheduler", "--insecure", "--listen", cable], Ready);

        // What the rules are for: without them nobody is found.
        Ending shut = await Networks.RunAsync(here, $"'{Programs.Host}' status");
        Assert.True(shut.ExitCode == 1, shut.ToString());

        foreach (string machine in (string[])[there, here])
        {
            foreach (string rule in DocumentedRules())
            {
                await Networks.DoAsync($"ip netns exec {machine} {rule}");
            }
        }

        Ending found = await Networks.RunAsync(here, $"'{Programs.Host}' status --json");
        Assert.True(found.ExitCode == 0 && found.Output.Contains("tcp://10.77.1.1:8765", StringComparison.Ordinal), found.ToString());

        await using NodeProcess worker = await NodeProcess.StartAsync(
            Networks.On(there), ["daemon", "--no-agent", "--insecure", "--listen", cable, "--name", "w", "--state-dir", space.Folder("w")], "has joined network");
        await using NodeProcess agent = await NodeProcess.StartAsync(
            Networks.On(here), ["daemon", "--no-worker", "--insecure", "--socket", space.Under("s"), "--state-dir", space.Folder("a")], "has joined network");
        space.Write("work/a.c", "int a;\n");
        Ending compile = await Networks.RunAsync(
            here, $"n=0; until '{Programs.Launcher}' gcc -c a.c; do n=$((n + 1)); [ $n -lt 100 ] || exit 1; done; '{Programs.Host}' stats", space.Under("work"), ("ICECREAM_MODE", "remote"), ("ICECREAM_SOCKET", space.Under("s")));
        Assert.True(compile.ExitCode == 0 && Regex.IsMatch(compile.Output, "(?m)^1 +remote"), $"{compile}\n{worker.Log}\n{agent.Log}");
    }

    [Needs(Networks = true)]
    public async Task A_scheduler_at_one_interface_is_silent_on_the_others()
    {
        await using var networks = new Networks();
        string there = await networks.AddAsync(), here = await networks.AddAsync(), elsewhere = await networks.AddAsync();
        string cable = await networks.ConnectAsync(there, here);
        await networks.ConnectAsync(there, elsewhere);
        await using NodeProcess scheduler = await NodeProcess.StartAsync(Networks.On(there), ["scheduler", "--insecure", "--listen", cable], Ready);

        Ending[] looks = await Task.WhenAll(((string[])[there, here, elsewhere]).Select(machine => Networks.RunAsync(machine, $"'{Programs.Host}' status")));
        Assert.True(looks.Select(look => look.ExitCode).SequenceEqual([0, 0, 1]), string.Join('\n', looks.Select(look => look.ToString())));
        Assert.Contains("No scheduler answers at", looks[2].Error, StringComparison.Ordinal);
    }

    /// <summary>The rules that the page on systemd tells an administrator to add.</summary>
    private static string[] DocumentedRules([CallerFilePath] string file = "")
    {
        string[] rules = [.. File.ReadLines(Path.Combine(Path.GetDirectoryName(file)!, "../../integrations/systemd/README.md")).Where(line => line.StartsWith("nft ", StringComparison.Ordinal))];
        Assert.NotEmpty(rules);
        return rules;
    }
}
