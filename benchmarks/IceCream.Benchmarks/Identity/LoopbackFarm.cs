using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using IceCream.Benchmarks.Processes;

namespace IceCream.Benchmarks.Identity;

/// <summary>Scheduler, workers and agent as programs of their own, on loopback, with empty stores, in a folder that goes with them.</summary>
internal sealed class LoopbackFarm : IAsyncDisposable
{
    private const int Workers = 3;

    /// <summary>Becomes the program, whose words go to a log: <c>sh -c … LOG PROGRAM ARGUMENTS…</c>.</summary>
    private const string Logged = """exec >>"$0" 2>&1; exec "$@" """;

    private static readonly TimeSpan Ending = TimeSpan.FromSeconds(10);

    private readonly string _folder = Directory.CreateTempSubdirectory("icebench-farm-").FullName, _host;
    private readonly List<Process> _nodes = [];

    private LoopbackFarm(string programs)
    {
        _host = Path.Combine(programs, "icehost");
        Launcher = [Path.Combine(programs, "icelaunch")];
        Environment = new Dictionary<string, string> { ["ICECREAM_SOCKET"] = Socket, ["ICECREAM_MODE"] = "auto", ["ICECREAM_AUTOSTART"] = "0", ["ICECREAM_CACHE"] = "off" };
    }

    /// <summary>What is put in front of compilers.</summary>
    public IReadOnlyList<string> Launcher { get; }

    /// <summary>The environment of launchers.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; }

    private string Socket => Path.Combine(_folder, "agent", "socket");

    /// <exception cref="UnfitException">It does not come up; the message has what its nodes said.</exception>
    public static async Task<LoopbackFarm> StartAsync(string programs, CancellationToken cancellationToken)
    {
        foreach (string program in (ReadOnlySpan<string>)[Path.Combine(programs, "icehost"), Path.Combine(programs, "icelaunch"), "bwrap"])
        {
            _ = Tool.Find(program) ?? throw new UnfitException($"'{program}' is missing: './ice publish DIR' and --bin DIR, and install bubblewrap.");
        }

        var farm = new LoopbackFarm(programs);
        try
        {
            await farm.StartNodesAsync(cancellationToken);
            return farm;
        }
        catch
        {
            await farm.DisposeAsync();
            throw;
        }
    }

    /// <summary>What the agent has done since it began.</summary>
    public async Task<AgentReport> ReportAsync(CancellationToken cancellationToken) =>
        AgentReport.Parse(await Tool.RunAsync([_host, "stats", "--socket", Socket, "--json"], cancellationToken));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (Process node in Enumerable.Reverse(_nodes))
        {
            await Tool.AskAsync(["kill", "-TERM", node.Id.ToString(CultureInfo.InvariantCulture)], CancellationToken.None);
            using var patience = new CancellationTokenSource(Ending);
            try
            {
                await node.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                node.Kill(entireProcessTree: true);
                await node.WaitForExitAsync(CancellationToken.None);
            }

            node.Dispose();
        }

        await Tool.AskAsync(["rm", "-rf", _folder], CancellationToken.None);
    }

    private async Task StartNodesAsync(CancellationToken cancellationToken)
    {
        int[] ports = FreePorts(Workers + 1);
        string scheduler = Loopback(ports[0]);
        Start("scheduler", ["scheduler", "--listen", scheduler]);
        for (int number = 1; number <= Workers; number++)
        {
            Start($"worker{number}", ["daemon", "--scheduler", scheduler, "--name", $"worker{number}", "--no-agent", "--slots", "1", "--listen", Loopback(ports[number])]);
        }

        Start("agent", ["daemon", "--scheduler", scheduler, "--name", "agent", "--no-worker", "--socket", Socket]);
        await Patience.AwaitAsync(
            async () =>
            {
                ToolAnswer status = await Tool.AskAsync([_host, "status", "--scheduler", scheduler, "--network", "identity", "--json"], cancellationToken);
                return status.ExitCode == 0 && File.Exists(Socket) && CountReady(status.Output) == (Workers, 1);
            },
            () => $"The farm did not come up:\n{string.Concat(Directory.EnumerateFiles(_folder, "*.log").Select(File.ReadAllText))}",
            cancellationToken);
    }

    private void Start(string name, IReadOnlyList<string> words) => _nodes.Add(Tool.Start(
        ["sh", "-c", Logged, Path.Combine(_folder, $"{name}.log"), _host, .. words, "--network", "identity", "--state-dir", Path.Combine(_folder, name)], null));

    private static (int Workers, int Agents) CountReady(string status)
    {
        using JsonDocument report = JsonDocument.Parse(status);
        int[] slots = [.. report.RootElement.GetProperty("nodes").EnumerateArray().Select(static node => node.GetProperty("slots").GetInt32())];
        return (slots.Count(static count => count > 0), slots.Count(static count => count == 0));
    }

    private static string Loopback(int port) => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");

    private static int[] FreePorts(int count)
    {
        TcpListener[] listeners = [.. Enumerable.Range(0, count).Select(static _ => new TcpListener(IPAddress.Loopback, 0))];
        try
        {
            return [.. listeners.Select(static listener =>
            {
                listener.Start();
                return ((IPEndPoint)listener.LocalEndpoint).Port;
            })];
        }
        finally
        {
            Array.ForEach(listeners, static listener => listener.Dispose());
        }
    }
}
