using System.Globalization;
using IceCream.Benchmarks.Processes;

namespace IceCream.Benchmarks.Farm.Systems;

/// <summary>icecream 1: the client preprocesses, and sends the compiler once.</summary>
internal sealed class IceccSystem(int slots) : FarmSystem
{
    public override string Name => "icecc";

    public override IReadOnlyList<string> Passes => ["cold", "compiler known"];

    public override IReadOnlyList<string> Needs => ["icecc", "iceccd", "icecc-scheduler"];

    public override IReadOnlyList<string> Launcher => ["icecc"];

    public override async Task<IReadOnlyDictionary<string, string>> StartAsync(FarmNetwork farm, CancellationToken cancellationToken)
    {
        FarmNode client = farm.Client;
        string log = Path.Combine(client.Folder, "scheduler.log");
        client.Start(["icecc-scheduler", "-n", "bench", "-l", log, "-vv"], "scheduler.out");
        await client.AwaitPortAsync(8765, "scheduler.out", cancellationToken);
        client.Start([.. Daemon(client), "--no-remote"], "iceccd.out", Socket(client));
        foreach (FarmNode worker in farm.Workers)
        {
            // Their logs say what they compile; the client's says nothing, as that would cost it time.
            worker.Start([.. Daemon(worker), "-m", slots.ToString(CultureInfo.InvariantCulture), "-vv"], "iceccd.out", Socket(worker));
        }

        await Patience.AwaitAsync(
            async () => await client.IsConnectedAsync(8765, cancellationToken)
                && farm.Workers.All(static worker => worker.ReadLog("iceccd.log").Contains("Connected to scheduler", StringComparison.Ordinal)),
            () => $"The daemons of icecream did not find their scheduler:\n{client.ReadLog("scheduler.log")}{string.Concat(farm.Workers.Select(static worker => worker.ReadLog("iceccd.log")))}",
            cancellationToken);
        return new Dictionary<string, string>(Socket(client)) { ["ICECC_SCHEDULER"] = client.Address };

        string[] Daemon(FarmNode node) =>
            ["iceccd", "-n", "bench", "-s", client.Address, "-N", node.Name, "-b", $"{node.Folder}/environments", "-l", $"{node.Folder}/iceccd.log", "-u", "icecc"];
    }

    public override Task<long> CountRemoteAsync(FarmNetwork farm, CancellationToken cancellationToken) =>
        Task.FromResult(CountInLogs(farm, "iceccd.log", "Remote compilation completed with exit code 0"));

    private static Dictionary<string, string> Socket(FarmNode node) => new() { ["ICECC_TEST_SOCKET"] = $"{node.Folder}/iceccd.socket" };
}
