using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using IceCream.Benchmarks.Processes;

namespace IceCream.Benchmarks.Caching;

/// <summary>A system that keeps results, started with nothing known, and what stands in front of compilers for it.</summary>
internal sealed class CachedSystem : IAsyncDisposable
{
    /// <summary>The systems, <c>none</c> being the compiler alone.</summary>
    public static readonly IReadOnlyList<string> Names = ["none", "icelib", "ccache", "sccache"];

    private readonly Process? _server;

    private CachedSystem(string version, IReadOnlyList<string> launcher, IReadOnlyDictionary<string, string> environment, Process? server)
    {
        (Version, Launcher, Environment, _server) = (version, launcher, environment, server);
    }

    /// <summary>Its name and version.</summary>
    public string Version { get; }

    public IReadOnlyList<string> Launcher { get; }

    public IReadOnlyDictionary<string, string> Environment { get; }

    /// <summary>What its server has taken of the processor by now, and those that it started and waited for; nothing where there is none.</summary>
    public TimeSpan ServerCpu()
    {
        const int First = 11, Fields = 4, TicksPerSecond = 100;
        if (_server is null)
        {
            return TimeSpan.Zero;
        }

        // Its own time in the two modes, and that of its children; counted behind the name, which ends at the last parenthesis.
        string[] fields = File.ReadAllText($"/proc/{_server.Id}/stat").Split(')')[^1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return TimeSpan.FromSeconds(fields.Skip(First).Take(Fields).Sum(static ticks => double.Parse(ticks, CultureInfo.InvariantCulture)) / TicksPerSecond);
    }

    /// <summary>Starts it.</summary>
    /// <param name="name">Which.</param>
    /// <param name="options">Where the programs are.</param>
    /// <param name="folder">An empty folder for what it keeps.</param>
    /// <param name="cancellationToken">Ends the wait for it.</param>
    /// <returns>Null when it is not installed.</returns>
    /// <exception cref="UnfitException">It does not come up.</exception>
    public static async Task<CachedSystem?> StartAsync(string name, CacheRunOptions options, string folder, CancellationToken cancellationToken) => name switch
    {
        "none" => new CachedSystem("no cache", [], new Dictionary<string, string>(), null),
        "icelib" => await StartIceLibAsync(options.Programs, folder, cancellationToken),
        _ when Tool.Find(name) is null => null,
        "ccache" => new CachedSystem(
            (await Tool.RunAsync(["ccache", "--version"], cancellationToken)).Split('\n')[0], ["ccache"],
            new Dictionary<string, string> { ["CCACHE_DIR"] = folder, ["CCACHE_CONFIGPATH"] = "/dev/null" }, null),
        _ => await StartSccacheAsync(folder, cancellationToken),
    };

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_server is null)
        {
            return;
        }

        await Tool.AskAsync(["kill", "-TERM", _server.Id.ToString(CultureInfo.InvariantCulture)], CancellationToken.None);
        await _server.WaitForExitAsync(CancellationToken.None);
        _server.Dispose();
    }

    /// <summary>An agent alone, with no farm: what could leave is compiled here, and kept.</summary>
    private static async Task<CachedSystem> StartIceLibAsync(string programs, string folder, CancellationToken cancellationToken)
    {
        string host = Path.Combine(programs, "icehost"), launcher = Path.Combine(programs, "icelaunch"), socket = Path.Combine(folder, "socket");
        foreach (string program in (ReadOnlySpan<string>)[host, launcher, "bwrap"])
        {
            _ = Tool.Find(program) ?? throw new UnfitException($"'{program}' is missing: './ice publish DIR' and --bin DIR, and install bubblewrap.");
        }

        var nothing = new Dictionary<string, string> { ["ICECREAM_CONFIG"] = "/dev/null", ["XDG_CONFIG_HOME"] = "/nonexistent" };
        Process agent = Tool.Start(
            ["sh", "-c", """exec >>"$0" 2>&1; exec "$@" """, Path.Combine(folder, "log"), host, "daemon", "--no-worker", "--scheduler", $"127.0.0.1:{FreePort()}", "--socket", socket, "--state-dir", Path.Combine(folder, "state")],
            nothing);
        await Patience.AwaitAsync(() => Task.FromResult(File.Exists(socket)), () => File.ReadAllText(Path.Combine(folder, "log")), cancellationToken);
        var environment = new Dictionary<string, string> { ["ICECREAM_SOCKET"] = socket, ["ICECREAM_AUTOSTART"] = "0", ["ICECREAM_CACHE"] = "on" };
        return new CachedSystem("IceLib", [launcher], environment, agent);
    }

    private static async Task<CachedSystem> StartSccacheAsync(string folder, CancellationToken cancellationToken)
    {
        string port = FreePort();
        var environment = new Dictionary<string, string> { ["SCCACHE_DIR"] = folder, ["SCCACHE_SERVER_PORT"] = port, ["SCCACHE_IDLE_TIMEOUT"] = "0" };
        Process server = Tool.Start(
            ["sh", "-c", """exec >>"$0" 2>&1; exec "$@" """, Path.Combine(folder, "log"), "sccache"],
            new Dictionary<string, string>(environment) { ["SCCACHE_START_SERVER"] = "1", ["SCCACHE_NO_DAEMON"] = "1" });
        await Patience.AwaitAsync(
            async () => (await Tool.AskAsync(["sccache", "--show-stats"], cancellationToken, environment: environment)).ExitCode == 0, () => "sccache's server did not come up.", cancellationToken);
        return new CachedSystem((await Tool.RunAsync(["sccache", "--version"], cancellationToken)).Trim(), ["sccache"], environment, server);
    }

    private static string FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
    }
}
