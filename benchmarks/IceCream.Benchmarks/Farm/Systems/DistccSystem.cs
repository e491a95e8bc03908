using System.Globalization;
using System.Text.RegularExpressions;
using IceCream.Benchmarks.Processes;

namespace IceCream.Benchmarks.Farm.Systems;

/// <summary>distcc 3: the client preprocesses, or in pump mode its include server finds the headers.</summary>
internal sealed partial class DistccSystem(bool pump, int slots) : FarmSystem
{
    private const int Port = 3632;

    public override string Name => pump ? "distcc-pump" : "distcc";

    public override IReadOnlyList<string> Needs => pump ? ["distcc", "distccd", "distcc-pump"] : ["distcc", "distccd"];

    public override IReadOnlyList<string> Launcher => ["distcc"];

    public override async Task<IReadOnlyDictionary<string, string>> StartAsync(FarmNetwork farm, CancellationToken cancellationToken)
    {
        string count = slots.ToString(CultureInfo.InvariantCulture);
        foreach (FarmNode worker in farm.Workers)
        {
            worker.Start(
                ["distccd", "--no-detach", "--daemon", "--allow", "10.77.0.0/24", "--jobs", count, "--log-level", "info", "--log-file", $"{worker.Folder}/distccd.log",
                    "--enable-tcp-insecure", "--listen", worker.Address],
                "distccd.out", new Dictionary<string, string> { ["TMPDIR"] = worker.Folder });
        }

        foreach (FarmNode worker in farm.Workers)
        {
            await worker.AwaitPortAsync(Port, "distccd.out", cancellationToken);
        }

        Directory.CreateDirectory($"{farm.Client.Folder}/distcc");
        var environment = new Dictionary<string, string>
        {
            ["DISTCC_HOSTS"] = string.Join(' ', farm.Workers.Select(worker => $"{worker.Address}/{count}{(pump ? ",cpp" : "")},lzo")),
            ["DISTCC_DIR"] = $"{farm.Client.Folder}/distcc",
            ["DISTCC_LOG"] = $"{farm.Client.Folder}/distcc.log",
        };
        if (pump)
        {
            ToolAnswer started = await farm.Client.AskAsync(["distcc-pump", "--startup"], cancellationToken, environment: environment);
            foreach (Match match in Exported().Matches(started.Output))
            {
                environment[match.Groups[1].Value] = match.Groups[2].Value;
            }

            if (!environment.ContainsKey("INCLUDE_SERVER_PORT"))
            {
                throw new UnfitException($"The include server of distcc did not start:\n{started.LastWords}");
            }
        }

        return environment;
    }

    public override Task<long> CountRemoteAsync(FarmNetwork farm, CancellationToken cancellationToken) =>
        Task.FromResult(CountInLogs(farm, "distccd.log", "COMPILE_OK"));

    /// <summary>The include server leaves the variables that lead to it as lines of a shell.</summary>
    [GeneratedRegex("export (\\w+)='?([^';\\n]*)'?")]
    private static partial Regex Exported();
}
