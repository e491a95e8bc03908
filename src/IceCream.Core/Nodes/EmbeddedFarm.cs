using System.Diagnostics.CodeAnalysis;
using IceCream.Execution;
using IceCream.Jobs;
using IceCream.Platform;
using IceCream.Transport;

namespace IceCream.Nodes;

/// <summary>A whole farm in this process, or this process's agent in an external farm.</summary>
public sealed class EmbeddedFarm : IJobExecutor, IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly List<IAsyncDisposable> _nodes = [];
    private readonly EmbeddedFarmOptions _options;
    private readonly NodeServices _services;
    private DaemonNode? _agent;
    private SchedulerNode? _own;

    /// <summary>Creates a farm that is not started yet.</summary>
    /// <param name="options">The options.</param>
    /// <param name="services">
    /// Custom parts of the embedder, for every node; null: all parts are built in. A transport must support addresses in memory, unless the options
    /// name an external scheduler: then a custom scheduler has no effect.
    /// </param>
    /// <exception cref="ArgumentException">An option is out of its range: the message says which.</exception>
    public EmbeddedFarm(EmbeddedFarmOptions options, NodeServices? services = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
        services ??= new NodeServices();
        _services = services with { Transport = services.Transport ?? new CompositeTransport(new InMemoryTransport(), new TcpTransport(), new UnixTransport()) };
    }

    /// <summary>Why no job can leave at the moment; null when it can.</summary>
    /// <exception cref="InvalidOperationException">The farm has not started.</exception>
    public LocalOnlyReason? ReasonToStay => Agent.ReasonToStay;

    private DaemonNode Agent => _agent ?? throw new InvalidOperationException("The farm has not started.");

    /// <summary>Starts a farm, and waits until jobs can leave or the reason why none can is known.</summary>
    /// <param name="options">The options.</param>
    /// <param name="services">Custom parts of the embedder, for every node; null: all parts are built in.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <exception cref="IOException">The state directory cannot be written, or the socket is served already.</exception>
    [SuppressMessage("ApiDesign", "RS0026", Justification = "One is static and the other is not: no call fits both.")]
    public static async ValueTask<EmbeddedFarm> StartAsync(
        EmbeddedFarmOptions options, NodeServices? services = null, CancellationToken cancellationToken = default)
    {
        var farm = new EmbeddedFarm(options, services);
        try
        {
            await farm.StartAsync(cancellationToken).ConfigureAwait(false);
            return farm;
        }
        catch
        {
            await farm.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Starts the nodes, and waits until jobs can leave or the reason why none can is known. After a failed start the caller must dispose the farm.</summary>
    /// <exception cref="IOException">The state directory cannot be written, or the socket is served already.</exception>
    [SuppressMessage("ApiDesign", "RS0026", Justification = "One is static and the other is not: no call fits both.")]
    public async ValueTask StartAsync(CancellationToken cancellationToken = default)
    {
        FarmAddress scheduler = _options.Scheduler ?? FarmAddress.Memory("scheduler");
        var basis = new DaemonNodeOptions
        {
            StateDirectory = _options.StateDirectory,
            Scheduler = scheduler,
            Standbys = _options.Standbys,
            Network = _options.Network,
            Insecure = _options.Insecure,
            Credentials = _options.Scheduler is null ? null : _options.Credentials,
            LocalSlots = _options.LocalSlots,
            PrivateFiles = _options.PrivateFiles,
            Class = _options.Class,

            // The workers of a farm in this process already use this machine.
            Dynamic = _options.Scheduler is null ? DynamicExecution.Off : _options.Dynamic,
            Build = _options.Build,
        };
        basis = basis with
        {
            Niceness = _options.Niceness ?? basis.Niceness,
            HugePages = _options.HugePages ?? basis.HugePages,
            StoreLimit = _options.StoreLimit ?? basis.StoreLimit,
        };
        if (basis.Credentials is { Identity: var who })
        {
            basis = basis with { Name = who.Name, User = who.User };
        }

        if (_options.Scheduler is null)
        {
            var node = new SchedulerNode(new SchedulerNodeOptions { Listen = scheduler, Network = _options.Network }, _services);
            _own = node;
            _nodes.Add(node);
            await node.StartAsync(cancellationToken).ConfigureAwait(false);
            for (int i = 1; i <= _options.Workers; i++)
            {
                string name = _options.Workers == 1 ? "embedded" : $"embedded{i}";
                await StartNodeAsync(
                    basis with
                    {
                        Name = name,
                        Listen = FarmAddress.Memory(name),
                        Slots = _options.SlotsPerWorker,
                        Memory = MachineMemory.Total() / 10 * 9 / _options.Workers,
                        StateDirectory = Path.Combine(_options.StateDirectory, name),
                    },
                    cancellationToken).ConfigureAwait(false);
            }
        }

        _agent = await StartNodeAsync(
            basis with { Name = $"{basis.Name}/{Environment.ProcessId}", Socket = _options.Socket, Cache = _options.Cache, AuditEvery = _options.AuditEvery }, cancellationToken).ConfigureAwait(false);
        await _agent.AwaitFarmAsync(Patience, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The scheduler in this process; null with an external farm.</summary>
    internal SchedulerNode? Scheduler => _own;

    /// <summary>The events of the agent's jobs from now on, as in <see cref="DaemonNode.WatchJobsAsync"/>.</summary>
    /// <exception cref="InvalidOperationException">The farm has not started.</exception>
    public IAsyncEnumerable<JobEvent> WatchJobsAsync(CancellationToken cancellationToken = default) => Agent.WatchJobsAsync(cancellationToken);

    /// <summary>The statistics of the farm's agent.</summary>
    public JobStatistics Describe() => Agent.Describe();

    /// <summary>Waits until no launcher is being served: after that <see cref="Describe"/> is final.</summary>
    public Task AwaitQuietAsync(CancellationToken cancellationToken = default) => Agent.AwaitQuietAsync(cancellationToken);

    /// <summary>Compiles. The outputs are in place when it returns.</summary>
    /// <param name="request">The command.</param>
    /// <param name="cancellationToken">Cancelled when nobody waits for the result any more.</param>
    /// <returns>As <see cref="IJobExecutor.ExecuteAsync"/>.</returns>
    /// <exception cref="ArgumentException">The command is empty, or the folder is no absolute path.</exception>
    /// <exception cref="FileNotFoundException">As <see cref="CompileRequest.ToJob"/>.</exception>
    /// <exception cref="InvalidOperationException">The farm has not started.</exception>
    public ValueTask<CompileResult> CompileAsync(CompileRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return ExecuteAsync(request.ToJob(), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default) => Agent.ExecuteAsync(job, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // The agent is disposed first, so that its jobs end before their workers.
        for (int i = _nodes.Count - 1; i >= 0; i--)
        {
            await _nodes[i].DisposeAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask<DaemonNode> StartNodeAsync(DaemonNodeOptions options, CancellationToken cancellationToken)
    {
        // Only the agent of this process publishes to the shared results: it receives all results of its workers.
        var node = new DaemonNode(options, options.Listen is null ? _services : _services with { SharedResults = null });
        _nodes.Add(node);
        await node.StartAsync(cancellationToken).ConfigureAwait(false);
        return node;
    }
}
