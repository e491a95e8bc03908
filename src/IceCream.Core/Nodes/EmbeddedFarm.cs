using IceCream.Execution;
using IceCream.Jobs;
using IceCream.Transport;

namespace IceCream.Nodes;

/// <summary>A whole farm in this process, or this process's agent in a real one.</summary>
public sealed class EmbeddedFarm : IJobExecutor, IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly List<IAsyncDisposable> _nodes = [];
    private DaemonNode? _agent;

    private EmbeddedFarm()
    {
    }

    /// <summary>Why no job can leave at the moment; null when it can.</summary>
    public string? Obstacle => Agent.Obstacle;

    private DaemonNode Agent => _agent ?? throw new InvalidOperationException("The farm has not started.");

    /// <summary>Starts a farm, and waits until jobs can leave or it is clear why they cannot.</summary>
    /// <param name="options">How it is set up.</param>
    /// <param name="services">Parts of the embedder's own, for every node; all built in when null.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <exception cref="IOException">The state directory cannot be written, or the socket is served already.</exception>
    public static async ValueTask<EmbeddedFarm> StartAsync(
        EmbeddedFarmOptions options, DaemonServices? services = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Workers, 1);
        var farm = new EmbeddedFarm();
        try
        {
            await farm.StartNodesAsync(options, services ?? new DaemonServices(), cancellationToken).ConfigureAwait(false);
            return farm;
        }
        catch
        {
            await farm.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>What the farm's agent has done.</summary>
    public JobStatistics Describe() => Agent.Describe();

    /// <inheritdoc/>
    public ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default) => Agent.ExecuteAsync(job, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // The agent first: its jobs end before their workers do.
        for (int i = _nodes.Count - 1; i >= 0; i--)
        {
            await _nodes[i].DisposeAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask StartNodesAsync(EmbeddedFarmOptions options, DaemonServices services, CancellationToken cancellationToken)
    {
        ITransport transport = new CompositeTransport(new InMemoryTransport(), new TcpTransport(), new UnixTransport());
        FarmAddress scheduler = options.Scheduler ?? FarmAddress.Memory("scheduler");
        var basis = new DaemonNodeOptions
        {
            StateDirectory = options.StateDirectory,
            Scheduler = scheduler,
            Network = options.Network,
            Insecure = options.Insecure,
            LocalSlots = options.LocalSlots,
        };
        if (options.Scheduler is null)
        {
            var node = new SchedulerNode(new SchedulerNodeOptions { Listen = scheduler, Network = options.Network }, transport, timeProvider: services.Time);
            _nodes.Add(node);
            await node.StartAsync(cancellationToken).ConfigureAwait(false);
            for (int i = 1; i <= options.Workers; i++)
            {
                string name = options.Workers == 1 ? "embedded" : $"embedded{i}";
                await StartAsync(
                    basis with
                    {
                        Name = name,
                        Listen = FarmAddress.Memory(name),
                        Slots = options.SlotsPerWorker,
                        StateDirectory = Path.Combine(options.StateDirectory, name),
                    },
                    transport, services, cancellationToken).ConfigureAwait(false);
            }
        }

        _agent = await StartAsync(
            basis with { Name = $"{basis.Name}/{Environment.ProcessId}", Socket = options.Socket }, transport, services, cancellationToken).ConfigureAwait(false);
        await _agent.AwaitFarmAsync(Patience, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<DaemonNode> StartAsync(
        DaemonNodeOptions options, ITransport transport, DaemonServices services, CancellationToken cancellationToken)
    {
        var node = new DaemonNode(options, transport, services);
        _nodes.Add(node);
        await node.StartAsync(cancellationToken).ConfigureAwait(false);
        return node;
    }
}
