using System.Globalization;
using System.Text.Json;
using IceCream.Benchmarks.Processes;

namespace IceCream.Benchmarks.Farm.Systems;

/// <summary>The programs of this repository.</summary>
internal sealed class IceLibSystem(string programs, int slots) : FarmSystem
{
    /// <summary>The pass before which the widely included header is touched.</summary>
    public const string Touched = "header touched";

    private readonly string _host = Path.Combine(programs, "icehost"), _launcher = Path.Combine(programs, "icelaunch");

    public override string Name => "icelib";

    public override IReadOnlyList<string> Passes => ["cold", Touched, "nothing changed"];

    public override IReadOnlyList<string> Needs => [_host, _launcher, "bwrap"];

    public override IReadOnlyList<string> Launcher => [_launcher];

    public override async Task<IReadOnlyDictionary<string, string>> StartAsync(FarmNetwork farm, CancellationToken cancellationToken)
    {
        string scheduler = $"{farm.Client.Address}:8765", socket = Socket(farm);
        farm.Client.Start([_host, "scheduler", "--listen", scheduler, "--network", "bench", "--state-dir", $"{farm.Client.Folder}/scheduler", "--insecure"], "scheduler.log");
        await farm.Client.AwaitPortAsync(8765, "scheduler.log", cancellationToken);
        farm.Client.Start([.. Daemon(farm.Client), "--no-worker", "--socket", socket], "daemon.log");
        int count = 0;
        foreach (FarmNode worker in farm.Workers)
        {
            worker.Start([.. Daemon(worker), "--no-agent", "--listen", $"{worker.Address}:10245", "--slots", slots.ToString(CultureInfo.InvariantCulture)], "daemon.log");
            count++;
        }

        await Patience.AwaitAsync(
            async () =>
            {
                ToolAnswer status = await farm.Client.AskAsync([_host, "status", "--scheduler", scheduler, "--insecure", "--json"], cancellationToken);
                return status.ExitCode == 0 && File.Exists(socket) && CountReady(status.Output) == count;
            },
            () => $"The farm did not come up:\n{string.Concat(farm.Workers.Prepend(farm.Client).Select(static node => node.ReadLog("daemon.log")))}",
            cancellationToken);
        return new Dictionary<string, string> { ["ICECREAM_SOCKET"] = socket, ["ICECREAM_CACHE"] = "off", ["ICECREAM_MODE"] = "auto" };

        string[] Daemon(FarmNode node) =>
            [_host, "daemon", "--scheduler", scheduler, "--network", "bench", "--name", node.Name, "--state-dir", $"{node.Folder}/state", "--insecure"];
    }

    public override async Task<long> CountRemoteAsync(FarmNetwork farm, CancellationToken cancellationToken)
    {
        ToolAnswer statistics = await farm.Client.AskAsync([_host, "stats", "--socket", Socket(farm), "--json"], cancellationToken);
        if (statistics.ExitCode != 0)
        {
            throw new UnfitException($"The agent does not say what it has done:\n{statistics.LastWords}\n{farm.Client.ReadLog("daemon.log")}");
        }

        using JsonDocument report = JsonDocument.Parse(statistics.Output);
        return report.RootElement.GetProperty("remote").GetInt64();
    }

    private static string Socket(FarmNetwork farm) => $"{farm.Client.Folder}/agent/socket";

    private static int CountReady(string status)
    {
        using JsonDocument report = JsonDocument.Parse(status);
        return report.RootElement.GetProperty("nodes").EnumerateArray().Count(static node => node.GetProperty("slots").GetInt32() > 0);
    }
}
