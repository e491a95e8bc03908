using System.Diagnostics;
using IceCream.Benchmarks.Processes;

namespace IceCream.Benchmarks.Farm;

/// <summary>A machine of the farm: a network namespace with a link of its own, and a control group. What is started on it is ended with it.</summary>
internal sealed class FarmNode
{
    /// <summary>Enters the control group and the namespace, and becomes the program: <c>sh -c … LOG DOOR,DOOR NAMESPACE PROGRAM ARGUMENTS…</c>. Without a log it says what it says to whoever started it.</summary>
    private const string Enter =
        """log=$0; doors=$1; namespace=$2; shift 2; IFS=,; for door in $doors; do echo $$ >"$door" || exit 125; done; unset IFS; [ -z "$log" ] || exec >>"$log" 2>&1; exec nsenter --net="/run/netns/$namespace" -- "$@" """;

    private readonly ControlGroup _group;
    private readonly List<Process> _started = [];

    private FarmNode(string name, string address, ControlGroup group, string folder)
    {
        (Name, Address, _group, Folder) = (name, address, group, folder);
    }

    public string Name { get; }

    public string Address { get; }

    /// <summary>A folder of its own, which everybody may write to: some daemons give up being root.</summary>
    public string Folder { get; }

    /// <summary>The processor time that everything on it has used so far.</summary>
    public TimeSpan Used => _group.Used;

    /// <param name="hub">The namespace of the bridge <c>br0</c>.</param>
    /// <param name="number">Counts the nodes of the hub, from 1.</param>
    /// <param name="processors">How much processor time it gets.</param>
    /// <param name="rate">The rate of its link each way.</param>
    /// <param name="folder">The farm's folder.</param>
    /// <param name="cancellationToken">Ends the wait; what was made until then is removed.</param>
    public static async Task<FarmNode> StartAsync(string hub, int number, double processors, string rate, string folder, CancellationToken cancellationToken)
    {
        string name = $"{hub}-{number}", own = Path.Combine(folder, $"node{number}"), address = $"10.77.0.{number}", port = $"port{number}";
        Directory.CreateDirectory(own);
        File.SetUnixFileMode(own, (UnixFileMode)0b111_111_111);
        var node = new FarmNode(name, address, new ControlGroup(name, processors), own);
        try
        {
            await Tool.RunAsync(["ip", "netns", "add", name], cancellationToken);
            await Tool.RunAsync(["ip", "-n", hub, "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", name], cancellationToken);
            await Tool.RunAsync(["ip", "-n", hub, "link", "set", port, "master", "br0", "up"], cancellationToken);
            await Tool.RunAsync(["ip", "-n", name, "addr", "add", $"{address}/24", "brd", "+", "dev", "eth0"], cancellationToken);
            await Tool.RunAsync(["ip", "-n", name, "link", "set", "eth0", "up"], cancellationToken);
            await Tool.RunAsync(["ip", "-n", name, "link", "set", "lo", "up"], cancellationToken);
            await Tool.RunAsync(["tc", "-n", name, "qdisc", "add", "dev", "eth0", "root", "tbf", "rate", rate, "burst", "256k", "latency", "50ms"], cancellationToken);
            await Tool.RunAsync(["tc", "-n", hub, "qdisc", "add", "dev", port, "root", "tbf", "rate", rate, "burst", "256k", "latency", "50ms"], cancellationToken);
            return node;
        }
        catch
        {
            await node.EndAsync();
            throw;
        }
    }

    /// <summary>Starts a daemon.</summary>
    public void Start(IReadOnlyList<string> command, string log, IReadOnlyDictionary<string, string>? environment = null) =>
        _started.Add(Tool.Start(Entering(command, Path.Combine(Folder, log)), environment));

    /// <summary>Runs a program to its end.</summary>
    public Task<ToolAnswer> AskAsync(
        IReadOnlyList<string> command, CancellationToken cancellationToken, string? folder = null, IReadOnlyDictionary<string, string>? environment = null) =>
        Tool.AskAsync(Entering(command, ""), cancellationToken, folder, environment);

    /// <summary>Waits until something listens at a TCP port.</summary>
    /// <exception cref="UnfitException">Nothing does, for long.</exception>
    public Task AwaitPortAsync(int port, string log, CancellationToken cancellationToken) => Patience.AwaitAsync(
        async () => (await Tool.RunAsync(["ip", "netns", "exec", Name, "ss", "-Hltn", "sport", "=", $":{port}"], cancellationToken)).Length > 0,
        () => $"Nothing listens at port {port} of {Name}:\n{ReadLog(log)}", cancellationToken);

    /// <summary>Whether a program on it is connected to a TCP port of some node.</summary>
    public async Task<bool> IsConnectedAsync(int port, CancellationToken cancellationToken) =>
        (await Tool.RunAsync(["ip", "netns", "exec", Name, "ss", "-Htn", "state", "established", "dport", "=", $":{port}"], cancellationToken)).Length > 0;

    /// <summary>What a log in <see cref="Folder"/> holds; empty while there is none.</summary>
    public string ReadLog(string log)
    {
        string path = Path.Combine(Folder, log);
        return File.Exists(path) ? File.ReadAllText(path) : "";
    }

    /// <summary>Ends whatever runs on it, and empties its folder.</summary>
    public async Task ClearAsync()
    {
        await StopAsync();
        await Tool.RunAsync(["find", Folder, "-mindepth", "1", "-delete"], CancellationToken.None);
    }

    /// <summary>Ends whatever runs on it, and removes it.</summary>
    public async Task EndAsync()
    {
        await StopAsync();
        await Tool.AskAsync(["ip", "netns", "del", Name], CancellationToken.None);
        _group.Remove();
    }

    private async Task StopAsync()
    {
        for (IReadOnlyList<int> members = _group.Members; members.Count > 0; members = _group.Members)
        {
            // Nobody else's: only what was started here is a member.
            await Tool.AskAsync(["sh", "-c", "kill -KILL \"$@\" 2>/dev/null", "kill", .. members.Select(static id => $"{id}")], CancellationToken.None);
            await Task.Delay(50);
        }

        foreach (Process process in _started)
        {
            await process.WaitForExitAsync();
            process.Dispose();
        }

        _started.Clear();
    }

    private string[] Entering(IReadOnlyList<string> command, string log) =>
        ["sh", "-c", Enter, log, string.Join(',', _group.Doors), Name, .. command];
}
