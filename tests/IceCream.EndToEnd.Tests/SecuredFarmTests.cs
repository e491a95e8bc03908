using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using IceCream.EndToEnd.Tests.Kit;
using Mono.Unix.Native;

namespace IceCream.EndToEnd.Tests;

/// <summary>A farm of three machines, secured by the commands of the README and nothing else.</summary>
public sealed class SecuredFarmTests
{
    private const string Machines = "abc";

    [Needs("gcc", "bwrap")]
    public async Task A_machine_joins_by_a_file_compiles_and_is_out_when_it_is_revoked()
    {
        using var space = new Workspace();
        space.Write("work/a.c", "int a;\n");
        string network = $"net{Environment.ProcessId}", state = space.Under("s"), token = space.Under("token"), socket = space.Under("agent.socket");
        await using NodeProcess scheduler = await NodeProcess.StartAsync(
            [], ["scheduler", "--listen", "*:0", "--network", network, "--state-dir", state, "--classic-monitor"], @"^icehost: scheduler of network .* at tcp://\*:([0-9]+) \(secure");
        Assert.Contains("--classic-monitor shows nothing of a secure farm", scheduler.Log, StringComparison.Ordinal);
        string address = $"127.0.0.1:{scheduler.Ready.Groups[1].Value}";
        Ending printed = await Shell.RunAsync($"umask 077; '{Programs.Host}' token --uses 2 --state-dir '{state}' >'{token}'", "/");
        Assert.True(printed.ExitCode == 0, printed.ToString());
        string[] common = ["daemon", "--scheduler", address, "--network", network, "--join-file", token];
        await using NodeProcess worker = await NodeProcess.StartAsync(
            [], [.. common, "--no-agent", "--listen", "127.0.0.1:0", "--name", "w", "--slots", "2", "--state-dir", space.Under("w")], "^icehost: worker 'w'.* secure: as 'w', worker");
        await using NodeProcess agent = await NodeProcess.StartAsync(
            [], [.. common, "--no-worker", "--name", "desk", "--socket", socket, "--state-dir", space.Under("a")], "^icehost: agent at .* secure: as 'desk', agent");
        await worker.SaysAsync("The worker has joined network");
        await agent.SaysAsync("The agent has joined network");
        Ending compile = await Shell.RunAsync(
            $"n=0; until '{Programs.Launcher}' gcc -c a.c; do n=$((n + 1)); [ $n -lt 100 ] || exit 1; done; '{Programs.Host}' stats --socket '{socket}'",
            space.Under("work"), ("ICECREAM_MODE", "remote"), ("ICECREAM_SOCKET", socket));
        Assert.True(compile.ExitCode == 0 && Regex.IsMatch(compile.Output, "(?m)^1 +remote"), $"{compile}\n{scheduler.Log}\n{agent.Log}\n{worker.Log}");

        Ending member = await Shell.RunAsync($"'{Programs.Host}' status --scheduler {address} --json --state-dir '{space.Under("a")}'", "/");
        Assert.True(member.ExitCode == 0 && member.Output.Contains("\"insecure\": false", StringComparison.Ordinal), member.ToString());
        Ending stranger = await Shell.RunAsync($"'{Programs.Host}' status --scheduler {address} --insecure --state-dir '{space.Under("nobody")}'", "/");
        Assert.True(stranger.ExitCode == 1 && stranger.Error.Contains("speaks in the clear", StringComparison.Ordinal), stranger.ToString());
        Ending used = await Shell.RunAsync($"'{Programs.Host}' daemon --no-agent --scheduler {address} --network {network} --join-file '{token}' --name third --state-dir '{space.Under("t")}'", "/");
        Assert.True(used.ExitCode == 1 && used.Error.Contains("The token is not good", StringComparison.Ordinal), used.ToString());

        Ending revoked = await Shell.RunAsync($"'{Programs.Host}' revoke w --state-dir '{state}'", "/");
        Assert.True(revoked.ExitCode == 0, revoked.ToString());
        await worker.SaysAsync("has been revoked");
    }

    /// <summary>What the pages for build servers say: the file of a token is all that a runner needs; and what the page for systemd says: the file may go when all have joined.</summary>
    [Needs("gcc", "bwrap")]
    public async Task A_build_joins_by_the_file_that_is_configured_and_a_file_that_is_gone_keeps_out_nobody_who_has_joined()
    {
        using var space = new Workspace();
        space.Write("work/a.c", "int a;\n");
        string network = $"ci{Environment.ProcessId}", state = space.Under("s"), token = space.Under("token");
        await using NodeProcess scheduler = await NodeProcess.StartAsync(
            [], ["scheduler", "--listen", "*:0", "--network", network, "--state-dir", state], @"^icehost: scheduler of network .* at tcp://\*:([0-9]+) \(secure");
        string address = $"127.0.0.1:{scheduler.Ready.Groups[1].Value}";
        Ending printed = await Shell.RunAsync($"umask 077; '{Programs.Host}' token --uses 2 --state-dir '{state}' >'{token}'", "/");
        Assert.True(printed.ExitCode == 0, printed.ToString());
        await using (NodeProcess worker = await StartWorkerAsync())
        {
            await worker.SaysAsync("The worker has joined network");
            await BuildAsync("-O0");
        }

        // Both uses are used up, and the file is gone.
        File.Delete(token);
        await using NodeProcess again = await StartWorkerAsync();
        await again.SaysAsync("The worker has joined network");
        await BuildAsync("-O1");

        Task<NodeProcess> StartWorkerAsync() => NodeProcess.StartAsync(
            [],
            ["daemon", "--no-agent", "--scheduler", address, "--network", network, "--join-file", token, "--listen", "127.0.0.1:0", "--name", "w", "--slots", "2", "--state-dir", space.Under("w")],
            "^icehost: worker 'w'.* secure: as 'w', worker");

        async Task BuildAsync(string flag)
        {
            Ending build = await Shell.RunAsync(
                $"icehost run --scheduler {address} --network {network} --workers 0 --json icelib.json -- gcc {flag} -c a.c",
                space.Under("work"),
                ("PATH", $"{Programs.Folder}:{Environment.GetEnvironmentVariable("PATH")}"), ("ICECREAM_STATE_DIR", space.Folder("runner")), ("ICECREAM_JOIN_FILE", token));
            Assert.True(build.ExitCode == 0, $"{build}\n{scheduler.Log}");
            Assert.Matches("\"remote\": 1\\b", await File.ReadAllTextAsync(space.Under("work/icelib.json")));
        }
    }

    [Fact]
    public async Task Its_dashboard_beyond_loopback_speaks_https_to_who_has_a_read_token()
    {
        using var space = new Workspace();
        string state = space.Under("s"), network = $"look{Environment.ProcessId}";
        await using NodeProcess scheduler = await NodeProcess.StartAsync(
            [], ["scheduler", "--listen", "*:0", "--dashboard-listen", "*:0", "--network", network, "--state-dir", state], @"^icehost: dashboard at https://\S*:([0-9]+)/ \(for who has a read token");
        using var client = new HttpClient(new HttpClientHandler { ServerCertificateCustomValidationCallback = static (_, certificate, _, _) => certificate!.Issuer.EndsWith("authority", StringComparison.Ordinal) })
        {
            BaseAddress = new Uri($"https://localhost:{scheduler.Ready.Groups[1].Value}"), Timeout = Shell.Patience,
        };
        using HttpResponseMessage stranger = await client.GetAsync("/api/status");
        Assert.Equal(System.Net.HttpStatusCode.Unauthorized, stranger.StatusCode);

        Ending token = await Shell.RunAsync($"'{Programs.Host}' token --role reader --ttl 1h --state-dir '{state}'", "/");
        Assert.True(token.ExitCode == 0, token.ToString());
        client.DefaultRequestHeaders.Authorization = new("Bearer", token.Output.Trim());
        Assert.Contains(network, await client.GetStringAsync("/api/status"), StringComparison.Ordinal);
        Assert.Contains("icecream_farm_jobs_waiting", await client.GetStringAsync("/metrics"), StringComparison.Ordinal);

        // By it nobody joins.
        Ending joins = await Shell.RunAsync($"printf %s '{token.Output.Trim()}' >t; '{Programs.Host}' daemon --no-agent --scheduler 127.0.0.1:1 --join-file t --state-dir w", space.Root);
        Assert.True(joins.ExitCode == 2 && joins.Error.Contains("is no token", StringComparison.Ordinal), joins.ToString());
    }

    [Fact]
    public async Task A_daemon_that_waits_for_its_farm_ends_when_it_is_told()
    {
        using var space = new Workspace();
        string token = space.Write("token", "icelib1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n");
        await using NodeProcess daemon = await NodeProcess.StartAsync(
            [], ["daemon", "--no-agent", "--scheduler", "127.0.0.1:1", "--join-file", token, "--state-dir", space.Under("w")], "^icehost: not in the farm yet: Cannot connect to");
        daemon.Signal(Signum.SIGTERM);
        await daemon.ExitAsync();
        Assert.DoesNotContain("nhandled", daemon.Log, StringComparison.Ordinal);
    }

    [Needs("gcc", "bwrap", Networks = true)]
    [Trait("Length", "Long")]
    public async Task The_five_commands_of_the_readme_secure_three_machines()
    {
        await using var networks = new Networks();
        string[] machines = [await networks.AddAsync(), await networks.AddAsync(), await networks.AddAsync()];
        await networks.ConnectAsync(machines[0], machines[1]);
        await networks.ConnectAsync(machines[0], machines[2]);
        using var space = new Workspace();
        space.Write("work/a.c", "int a;\n");
        (string scheduler, string token, string daemon) = Commands();

        await using NodeProcess first = await StartAsync(0, scheduler, "^icehost: scheduler of network");
        Ending printed = await RunAsync(0, token);
        Assert.True(printed.ExitCode == 0, printed.ToString());
        await using NodeProcess one = await StartAsync(0, daemon, "^icehost: agent at");
        await using NodeProcess two = await StartAsync(1, daemon, "^icehost: agent at");
        await using NodeProcess three = await StartAsync(2, daemon, "^icehost: agent at");
        foreach (NodeProcess node in (NodeProcess[])[one, two, three])
        {
            await node.SaysAsync("The worker has joined network");
            await node.SaysAsync("The agent has joined network");
        }

        // Both others are there, and the status says so over TLS, and that nothing is insecure.
        Ending status = await RunAsync(1, "icehost status --json");
        Assert.True(status.ExitCode == 0 && status.Output.Contains("\"insecure\": false", StringComparison.Ordinal), status.ToString());
        Assert.All("abc", machine => Assert.Contains($"\"name\": \"{machine}\"", status.Output, StringComparison.Ordinal));

        Ending compile = await RunAsync(
            1, $"n=0; until ICECREAM_MODE=remote '{Programs.Launcher}' gcc -c a.c; do n=$((n + 1)); [ $n -lt 100 ] || exit 1; done; icehost stats");
        Assert.True(compile.ExitCode == 0 && Regex.IsMatch(compile.Output, "(?m)^1 +remote"), $"{compile}\n{first.Log}\n{two.Log}");

        // Who has not joined gets nothing, in the clear or otherwise.
        Ending stranger = await Networks.RunAsync(machines[2], $"'{Programs.Host}' status --insecure", space.Root, ("ICECREAM_STATE_DIR", space.Under("nobody")));
        Assert.True(stranger.ExitCode == 1 && stranger.Error.Contains("speaks in the clear", StringComparison.Ordinal), stranger.ToString());

        // And who is revoked is out.
        Ending revoked = await RunAsync(0, "icehost revoke c");
        Assert.True(revoked.ExitCode == 0, revoked.ToString());
        await three.SaysAsync("has been revoked");

        Task<NodeProcess> StartAsync(int machine, string command, string ready) => NodeProcess.StartScriptAsync(
            [.. Networks.On(machines[machine]), "env", .. EnvironmentOf(machine).Select(static variable => $"{variable.Name}={variable.Value}"), "bash", "-c"],
            $"cd '{space.Root}' && exec {command}", ready);

        Task<Ending> RunAsync(int machine, string command) => Networks.RunAsync(machines[machine], command, space.Under("work") is var work && command.Contains("gcc", StringComparison.Ordinal) ? work : space.Root, EnvironmentOf(machine));

        // What makes one machine several: each has a name, a disk, and a place for sockets.
        (string Name, string Value)[] EnvironmentOf(int machine) =>
        [
            ("ICECREAM_NAME", $"{Machines[machine]}"), ("ICECREAM_STATE_DIR", space.Under($"state-{Machines[machine]}")), ("ICECREAM_SOCKET", space.Under($"socket-{Machines[machine]}")),
            ("PATH", $"{Path.GetDirectoryName(Programs.Host)}:{Environment.GetEnvironmentVariable("PATH")}"),
        ];
    }

    /// <summary>The commands as they stand in the README: the last is for every machine.</summary>
    private static (string Scheduler, string Token, string Daemon) Commands([CallerFilePath] string file = "")
    {
        string[] lines = [.. File.ReadLines(Path.Combine(Path.GetDirectoryName(file)!, "../../README.md")).Select(static line => line.Split('#')[0].Trim())];
        return (lines.Single(static line => line.StartsWith("icehost scheduler", StringComparison.Ordinal) && !line.Contains("--insecure", StringComparison.Ordinal)),
            lines.Single(static line => line.StartsWith("icehost token", StringComparison.Ordinal)),
            lines.Single(static line => line.StartsWith("icehost daemon --join-file", StringComparison.Ordinal)));
    }
}
