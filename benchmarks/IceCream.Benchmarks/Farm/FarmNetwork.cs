using IceCream.Benchmarks.Processes;

namespace IceCream.Benchmarks.Farm;

/// <summary>A client and its workers on one bridge, in a folder that goes with them.</summary>
internal sealed class FarmNetwork : IAsyncDisposable
{
    public const int MostWorkers = 200;

    private static int _count;

    private readonly string _hub = $"icebench{Environment.ProcessId}-{++_count}";
    private readonly List<FarmNode> _nodes = [];

    private FarmNetwork()
    {
    }

    public FarmNode Client => _nodes[0];

    public IEnumerable<FarmNode> Workers => _nodes.Skip(1);

    /// <summary>What this machine lacks for a farm; null when it lacks nothing.</summary>
    public static string? FindLack() =>
        !OperatingSystem.IsLinux() ? "Linux"
        : Environment.UserName != "root" ? "root's rights (it makes network namespaces and control groups): run it with sudo"
        : new[] { "ip", "tc", "ss" }.FirstOrDefault(static tool => Tool.Find(tool) is null) is { } tool ? $"the program '{tool}': install iproute2"
        : ControlGroup.Obstacle;

    public static async Task<FarmNetwork> StartAsync(FarmOptions options, CancellationToken cancellationToken)
    {
        var farm = new FarmNetwork();
        string folder = Directory.CreateTempSubdirectory("icebench-").FullName;
        farm.Folder = folder;
        File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101);
        try
        {
            await Tool.RunAsync(["ip", "netns", "add", farm._hub], cancellationToken);
            await Tool.RunAsync(["ip", "-n", farm._hub, "link", "add", "br0", "type", "bridge"], cancellationToken);
            await Tool.RunAsync(["ip", "-n", farm._hub, "link", "set", "br0", "up"], cancellationToken);
            for (int number = 1; number <= options.Workers + 1; number++)
            {
                farm._nodes.Add(await FarmNode.StartAsync(
                    farm._hub, number, number == 1 ? options.ClientCpu : options.WorkerCpu, options.Rate, folder, cancellationToken));
            }

            return farm;
        }
        catch
        {
            await farm.DisposeAsync();
            throw;
        }
    }

    /// <summary>Where its nodes have their folders.</summary>
    public string Folder { get; private set; } = "";

    /// <summary>Ends whatever runs on its nodes, and empties their folders: the farm is as when it was started.</summary>
    public async Task ClearAsync()
    {
        foreach (FarmNode node in _nodes)
        {
            await node.ClearAsync();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (FarmNode node in _nodes)
        {
            await node.EndAsync();
        }

        await Tool.AskAsync(["ip", "netns", "del", _hub], CancellationToken.None);
        await Tool.AskAsync(["rm", "-rf", Folder], CancellationToken.None);
    }
}
