using System.Text.Json;

namespace IceCream.EndToEnd.Tests.Kit;

/// <summary>A farm of real processes over loopback: a scheduler, workers, and the agent of the user who builds.</summary>
internal sealed class FarmProcesses : IAsyncDisposable
{
    private readonly Workspace _space = new();
    private string _address = "";

    private FarmProcesses()
    {
    }

    public NodeProcess Scheduler { get; private set; } = null!;

    public List<NodeProcess> Workers { get; } = [];

    /// <summary>Where the workers answer, in their order.</summary>
    public string[] WorkerAddresses => [.. Workers.Select(worker => worker.Ready.Groups[1].Value)];

    public NodeProcess Agent { get; private set; } = null!;

    public string Socket => _space.Under("agent.socket");

    /// <summary>The folder with links named after compilers.</summary>
    public string Links => _space.Masquerade("gcc", "g++", "clang", "clang++", "gcc-11", "g++-11");

    /// <summary>The scheduler, as nodes are told.</summary>
    public string Address => _address;

    /// <summary>Where the scheduler's dashboard answers, when the farm was started with one.</summary>
    public string Dashboard { get; private set; } = "off";

    /// <param name="workers">How many workers of two slots.</param>
    /// <param name="localSlots">How much runs here at a time.</param>
    /// <param name="wrapper">What starts each worker, made from its state folder; null: nothing.</param>
    /// <param name="probes">Whether it is shown by a compile that the farm works.</param>
    /// <param name="dashboard">Where the dashboard answers; off: nowhere.</param>
    /// <param name="others">What starts scheduler and agent; null: nothing.</param>
    /// <param name="dynamic">Whether jobs are raced when they are late, which is the default of a daemon, and are also done on idle cores here: then nobody can say where each will be done.</param>
    public static async Task<FarmProcesses> StartAsync(
        int workers = 3, int localSlots = 2, Func<string, string[]>? wrapper = null, bool probes = true, string[]? others = null, string dashboard = "off", string dynamic = "off")
    {
        var farm = new FarmProcesses { Dashboard = dashboard };
        try
        {
            await farm.StartSchedulerAsync(others);
            for (int i = 1; i <= workers; i++)
            {
                string state = farm._space.Folder($"w{i}");
                farm.Workers.Add(await NodeProcess.StartAsync(
                    wrapper?.Invoke(state) ?? [],
                    ["daemon", "--no-agent", "--scheduler", farm._address, "--listen", "127.0.0.1:0", "--name", $"w{i}", "--slots", "2", "--state-dir", state],
                    $"^icehost: worker 'w{i}' .* at (?:tcp://)?(127.0.0.1:[0-9]+) with 2 slots"));
            }

            farm.Agent = await NodeProcess.StartAsync(
                others ?? [],
                ["daemon", "--no-worker", "--scheduler", farm._address, "--socket", farm.Socket, "--state-dir", farm._space.Under("agent"), "--local-slots", $"{localSlots}", "--name", "client", "--dynamic", dynamic],
                "^icehost: agent at unix:");
            if (workers > 0)
            {
                await farm.UntilAsync(nodes => nodes.Count(node => node.Slots > 0) == workers && nodes.Any(node => node.State == "agent"), "all workers and the agent there");
            }

            if (probes && workers > 0)
            {
                await farm.ProbeAsync();
            }

            return farm;
        }
        catch
        {
            await farm.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the scheduler: again at the same address, when it has been there before.</summary>
    public async Task StartSchedulerAsync(string[]? wrapper = null)
    {
        Scheduler = await NodeProcess.StartAsync(
            wrapper ?? [],
            ["scheduler", "--listen", _address.Length > 0 ? _address : "127.0.0.1:0", "--dashboard-listen", Dashboard.Replace("http://", "", StringComparison.Ordinal), "--state-dir", _space.Under("scheduler")],
            "^icehost: scheduler of network .* at (?:tcp://)?(127.0.0.1:[0-9]+)");
        _address = Scheduler.Ready.Groups[1].Value;
        if (Dashboard != "off")
        {
            await Scheduler.SaysAsync("dashboard at ");
            Dashboard = System.Text.RegularExpressions.Regex.Match(Scheduler.Log, "dashboard at (http://[^/]+)").Groups[1].Value;
        }
    }

    /// <summary>Compiles something on the farm, and so waits until the farm can.</summary>
    public async Task ProbeAsync()
    {
        string folder = _space.Folder("probe");
        await File.WriteAllTextAsync(Path.Combine(folder, "probe.c"), "int probe;\n");
        Ending ending = await RunAsync($"'{Programs.Launcher}' gcc -c probe.c", folder, ("ICECREAM_MODE", "remote"));
        Assert.True(ending.ExitCode == 0, $"{ending}\n{Scheduler.Log}\n{Agent.Log}\n{string.Join('\n', Workers.Select(worker => worker.Log))}");
    }

    /// <summary>Starts a script whose compilers, if it finds them by name, are links to the launcher.</summary>
    public Shell Start(string script, string folder, params (string Name, string Value)[] variables) => Shell.Start(
        script, folder, [("ICECREAM_SOCKET", Socket), ("PATH", $"{Links}:{Environment.GetEnvironmentVariable("PATH")}"), ("LAUNCH", Programs.Launcher), .. variables]);

    public async Task<Ending> RunAsync(string script, string folder, params (string Name, string Value)[] variables)
    {
        using Shell shell = Start(script, folder, variables);
        return await shell.EndAsync();
    }

    public async Task<Statistics> StatisticsAsync()
    {
        Ending ending = await Shell.RunAsync($"'{Programs.Host}' stats --socket '{Socket}' --json", "/");
        Assert.True(ending.ExitCode == 0, ending.ToString());
        return JsonSerializer.Deserialize<Statistics>(ending.Output, Statistics.Names)!;
    }

    /// <summary>Asks the scheduler again and again, until what it sees is what is waited for.</summary>
    public async Task UntilAsync(Func<SeenNode[], bool> condition, string what)
    {
        using var patience = new CancellationTokenSource(Shell.Patience);
        string seen = "";
        while (!patience.IsCancellationRequested)
        {
            Ending ending = await Shell.RunAsync($"'{Programs.Host}' status --scheduler '{_address}' --json", "/");
            seen = ending.ToString();
            if (ending.ExitCode == 0 && condition(JsonSerializer.Deserialize<FarmView>(ending.Output, Statistics.Names)!.Nodes))
            {
                return;
            }
        }

        throw new TimeoutException($"Waited in vain for: {what}. Seen: {seen}");
    }

    public async ValueTask DisposeAsync()
    {
        NodeProcess?[] nodes = [Agent, .. Workers, Scheduler];
        foreach (NodeProcess node in nodes.OfType<NodeProcess>())
        {
            await node.DisposeAsync();
        }

        _space.Dispose();
    }
}

/// <summary>A farm that the tests of one class share, because none of them harms it. Its jobs are raced when they are late, as they are on every farm that nobody has told otherwise.</summary>
public sealed class SharedFarm : IAsyncLifetime
{
    internal FarmProcesses Farm { get; private set; } = null!;

    public async Task InitializeAsync() => Farm = await FarmProcesses.StartAsync(workers: 2, dynamic: "late");

    public async Task DisposeAsync() => await Farm.DisposeAsync();
}
