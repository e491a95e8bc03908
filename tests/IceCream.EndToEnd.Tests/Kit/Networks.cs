namespace IceCream.EndToEnd.Tests.Kit;

/// <summary>Machines of a network that only this test's processes see: network namespaces, joined by cables.</summary>
internal sealed class Networks : IAsyncDisposable
{
    private static int _count;

    private readonly List<string> _machines = [];
    private readonly string _prefix = $"ice{Environment.ProcessId}x{Interlocked.Increment(ref _count)}";
    private int _cables;

    /// <summary>Why there can be none; null when there can.</summary>
    public static string? Obstacle { get; } =
        Needs.Missing(["ip", "nft", "nsenter"]) ?? (Environment.IsPrivilegedProcess ? Probe() : "Only root can make networks.");

    /// <summary>A machine without a cable.</summary>
    /// <returns>Its name.</returns>
    public async Task<string> AddAsync()
    {
        string machine = $"{_prefix}m{_machines.Count}";
        _machines.Add(machine);
        await DoAsync($"ip netns add {machine} && ip -n {machine} link set lo up");
        return machine;
    }

    /// <summary>A cable between two machines: the first has the address <c>10.77.N.1</c>, the second <c>10.77.N.2</c>.</summary>
    /// <returns>The name of the interface at both ends.</returns>
    public async Task<string> ConnectAsync(string first, string second)
    {
        string name = $"cable{++_cables}";
        await DoAsync(
            $"ip link add {name} netns {first} type veth peer name {name} netns {second}"
            + $" && ip -n {first} addr add 10.77.{_cables}.1/24 brd + dev {name} && ip -n {first} link set {name} up"
            + $" && ip -n {second} addr add 10.77.{_cables}.2/24 brd + dev {name} && ip -n {second} link set {name} up");
        return name;
    }

    /// <summary>A firewall that lets in what belongs to a connection, and nothing else.</summary>
    public static Task CloseAsync(string machine) => DoAsync(string.Join(
        " && ",
        ((string[])["add table inet filter", "'add chain inet filter input { type filter hook input priority 0; policy drop; }'", "add rule inet filter input iif lo accept",
            "add rule inet filter input ct state established,related accept"]).Select(rule => $"ip netns exec {machine} nft {rule}")));

    /// <summary>The words before a command that is to run on a machine: it sees other networks, and the same files.</summary>
    public static string[] On(string machine) => ["nsenter", $"--net=/run/netns/{machine}"];

    /// <summary>Runs a script on a machine.</summary>
    public static Task<Ending> RunAsync(string machine, string script, string folder = "/", params (string Name, string Value)[] variables) =>
        Shell.RunAsync($"exec nsenter --net=/run/netns/{machine} sh -c '{script.Replace("'", "'\\''", StringComparison.Ordinal)}'", folder, variables);

    /// <summary>Runs a script that is to succeed.</summary>
    public static async Task DoAsync(string script)
    {
        Ending ending = await Shell.RunAsync(script, "/");
        Assert.True(ending.ExitCode == 0, $"{script}: {ending}");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (string machine in _machines)
        {
            await Shell.RunAsync($"ip netns delete {machine}", "/");
        }
    }

    private static string? Probe()
    {
        string name = $"ice{Environment.ProcessId}probe";
        Ending ending = Shell.RunAsync($"ip netns add {name} && ip netns exec {name} nft list tables; code=$?; ip netns delete {name}; exit $code", "/").GetAwaiter().GetResult();
        return ending.ExitCode == 0 ? null : $"This system refuses networks of one's own: {ending.Error.Trim()}";
    }
}
