using System.Security.Cryptography;
using IceCream.Caching;
using IceCream.Caching.Sharing;
using IceCream.Clients;
using IceCream.Diagnostics;
using IceCream.Digests;
using IceCream.Execution;
using IceCream.Execution.Hedging;
using IceCream.Execution.History;
using IceCream.Execution.Local;
using IceCream.Execution.Worker;
using IceCream.FileSystem;
using IceCream.Inputs;
using IceCream.Inputs.Privacy;
using IceCream.Jobs;
using IceCream.Monitoring;
using IceCream.Platform;
using IceCream.Processes;
using IceCream.Roots;
using IceCream.Sandboxing;
using IceCream.Sessions;
using IceCream.Storage;
using IceCream.Toolchains;
using IceCream.Toolchains.Wrappers;
using IceCream.Transport;
using IceCream.Wire;
using Microsoft.Extensions.Logging;

namespace IceCream.Nodes;

/// <summary>The part of a daemon that submits the jobs of this machine's user to the farm.</summary>
internal sealed partial class Agent : IAsyncDisposable
{
    /// <summary>How long an unused lease is kept: the next command of a build usually comes sooner.</summary>
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(1);

    /// <summary>The limits for launchers. A build starts hundreds of them, and one that has not sent its request yet costs almost nothing.</summary>
    private static readonly ConnectionLimits Limits = new() { Handshakes = 1024, Rest = TimeSpan.FromMilliseconds(10) };

    private readonly DaemonNodeOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly NodeLoops _loops;
    private readonly LeaseBroker _broker = new();
    private readonly LeasePool _leases;
    private readonly PeerPool _peers;
    private readonly JobMetrics _metrics;
    private readonly JobCosts _costs;
    private readonly OriginParts _parts;
    private readonly AgentHost _host;
    private readonly IdleWatch _idle;
    private readonly InputCounters _inputs = new();
    private readonly FileDigests _digests;
    private readonly RetriedLazy<RootsFolder> _trials;
    private readonly WrapperTrial _trial;
    private readonly ManifestStore _manifests;
    private readonly CacheCounters _results;
    private readonly JobEventUplink _uplink;
    private readonly string _name;
    private ITransportListener? _listener;
    private FileStream? _lock;

    public Agent(DaemonNodeOptions options, ITransport transport, NodeServices services, RetriedLazy<SandboxedCompiler> compiler, ILoggerFactory loggers)
    {
        _options = options;
        _time = services.Time ?? TimeProvider.System;
        _logger = loggers.CreateLogger<Agent>();
        _loops = new NodeLoops(_logger);
        _name = $"{options.User}@{options.Name}";
        _idle = new IdleWatch(options.IdleExit, _time);
        var spool = new Spool(Path.Combine(options.StateDirectory, "incoming"));
        _peers = new PeerPool(transport, options.Network, _name, spool, _time, loggers.CreateLogger<MultiplexedConnection>());
        _metrics = new JobMetrics(services.Meters);
        _costs = new JobCosts(Path.Combine(options.StateDirectory, "costs"), _time, _logger);
        var slots = new LocalSlots(options.LocalSlots, MachineMemory.HasRoom);

        // A custom compiler or toolchain cache of an embedder does not work with this sandbox.
        OwnCores? cores = options.Dynamic != DynamicExecution.Off && services is { Compiler: null, Toolchains: null } ? new OwnCores(slots, compiler) : null;
        var sandbox = new OwnSandbox(compiler, _time);
        _leases = new LeasePool(_broker, _time, Linger, cores);
        var probe = new ProcessCompilerProbe(_time);
        var sources = new SlotProbe(new ProcessCompilerProbe(_time, ProcessCompilerProbe.PatienceWithSources), slots);
        var history = new JobHistory(_time);
        _digests = new FileDigests(_time, Path.Combine(options.StateDirectory, "digests"), loggers);
        var memory = new InputMemory(_digests, new SourceReader(_digests), TimeProvider.System);
        _manifests = new ManifestStore(memory, Path.Combine(options.StateDirectory, "manifests"), _time, loggers);
        _trials = new RetriedLazy<RootsFolder>(() => new RootsFolder(Path.Combine(options.StateDirectory, "trials")), _time);
        _trial = new WrapperTrial(() => _trials.Value.Path, new BubblewrapSandbox(TimeProvider.System), loggers.CreateLogger<WrapperTrial>());
        var variables = new WrapperVariables();
        _results = new CacheCounters { Counted = _metrics.RecordCache };
        Events = new JobEventStream(_time);
        _uplink = new JobEventUplink(Events, options.LocalSlots, _time);
        _parts = new OriginParts(
            new CompilerFamilies(probe),
            variables,
            services.Toolchains ?? new ToolchainCache(probe, _digests, loggers.CreateLogger<ToolchainCache>(), new WrapperSurvey(_trial, variables)),
            new OwnProcessor(probe),
            InputDiscoveryOver(
                probe, sources, _digests, memory, _manifests, _inputs,
                new PrivateFiles(new PrivateRoots(options.PrivateFiles, Environment.GetEnvironmentVariable("HOME"), Linux.RegisteredHome()))),
            _leases, _peers, _costs, history, _metrics, new JobReporter(Events, _name, options.User, options.Build, _time), probe, _trials, slots,
            options.Cache is { KeepsLocal: true } && services.Compiler is null ? sandbox : null,
            cores is null ? null : new OwnMachine(cores, sandbox, options.Dynamic == DynamicExecution.Always),
            new HedgedAttempts(_leases, new HedgeBudget(), _metrics, _time, loggers.CreateLogger<HedgedAttempts>()) { IsOn = options.Dynamic != DynamicExecution.Off },
            CacheOver(options, services.SharedResults, memory, sources, loggers),
            AuditorOver(options, services.Seed, slots, loggers),
            _time, loggers)
        {
            Farm = services.Farm,
            AroundFarm = services.AroundFarm,
        };
        Pipeline = JobPipelines.Origin(_parts);
        _host = new AgentHost(options.User, Pipeline, JobPipelines.Here(_parts), history, Describe, FileView.Own(), _time, options.Yields ? YieldAsync : null);
    }

    /// <summary>Executes a job of this process or of a launcher. A job that cannot leave is run here, by a child process or by the launcher.</summary>
    public IJobExecutor Pipeline { get; }

    /// <summary>The events of its jobs.</summary>
    public JobEventStream Events { get; }

    /// <summary>Completes when the agent has been disposed, or fails with the cause of its end.</summary>
    public Task Completion => _loops.Completion;

    /// <summary>Why no job can leave at the moment; null when it can.</summary>
    public LocalOnlyReason? ReasonToStay => _leases.ReasonToStay;

    /// <summary>Its statistics.</summary>
    public JobStatistics Describe() => _parts.History.Read() with { Inputs = _inputs.Read(), Cache = _results.Read() };

    /// <summary>Completes when no launcher is being served.</summary>
    public Task Unused => _idle.Unused;

    /// <summary>Waits until jobs can leave.</summary>
    public async ValueTask AwaitFarmAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        await _leases.AwaitFarmAsync(patience, cancellationToken).ConfigureAwait(false);
        await (_parts.Cache?.Shared?.OpenedAsync(cancellationToken) ?? Task.CompletedTask).ConfigureAwait(false);
    }

    /// <summary>Starts to serve launchers, and asks the scheduler for slots when they come.</summary>
    public async ValueTask StartAsync(Func<SchedulerRole, SchedulerLink> link, CancellationToken cancellationToken)
    {
        if (_options.Socket is { } socket)
        {
            _lock = await TakePlaceAsync(socket, cancellationToken).ConfigureAwait(false);
            _listener = await new UnixTransport().ListenAsync(FarmAddress.Unix(socket), cancellationToken).ConfigureAwait(false);
            LogListens(_logger, socket);
            _loops.Start("answering launchers", new ConnectionDispatcher(new Door(_listener, this), ServeAsync, Limits.Within(Linux.FreeDescriptors()), _time, _logger).RunAsync);
        }

        var role = new SchedulerRole(
            "agent",
            _ => new SchedulerMessage.AgentHello(
                SchedulerMessage.ProtocolVersion, _options.Network, _name, _options.User, MachineArchitecture.Name, SchedulerMessage.ThatFit(_leases.Held)) { Class = _options.Class },
            scheduler =>
            {
                _broker.Turn(scheduler);
                if (_costs.Latest() is { IsEmpty: false } known)
                {
                    scheduler.Say(new SchedulerMessage.Costs(known));
                }

                _uplink.Turn(scheduler);
            },
            Receive,
            Lose);
        _loops.Start("its part in the farm", link(role).RunAsync);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _loops.DisposeAsync().ConfigureAwait(false);
        await _closing.ConfigureAwait(false);
        await _uplink.DisposeAsync().ConfigureAwait(false);
        _leases.Dispose();
        await _peers.DisposeAsync().ConfigureAwait(false);
        await _trial.DisposeAsync().ConfigureAwait(false);
        if (_trials.IsValueCreated)
        {
            _trials.Value.Dispose();
        }

        if (_parts.Cache?.Shared is { } shared)
        {
            await shared.DisposeAsync().ConfigureAwait(false);
        }

        _costs.Dispose();
        _manifests.Dispose();
        _digests.Dispose();
        _metrics.Dispose();
        _idle.Dispose();
        _lock?.Dispose();
    }

    /// <summary>Tries the manifests first, then the scanner, then the compiler's own list, which costs a local slot.</summary>
    private static InputDiscovery InputDiscoveryOver(
        ICompilerProbe probe, ICompilerProbe sources, IFileDigests digests, InputMemory memory, ManifestStore manifests, InputCounters counters, PrivateFiles privateFiles)
    {
        var searchFolders = new SearchFolders(probe);
        return new InputDiscovery(
            manifests,
            new IncludeScanner(searchFolders, memory),
            new DependencyCollector(sources, searchFolders, memory.Reader),
            memory,
            counters,
            privateFiles);
    }

    /// <summary>Recompiles some of the jobs here to audit workers; null when auditing is off.</summary>
    private Auditor? AuditorOver(DaemonNodeOptions options, int? seed, LocalSlots slots, ILoggerFactory loggers) => options.AuditEvery is not { } every ? null
        : new Auditor(new LocalExecutor(slots, _time), every, new Random(seed ?? RandomNumberGenerator.GetInt32(int.MaxValue)), _leases, loggers.CreateLogger<Auditor>());

    /// <summary>The result cache in the state directory; null when it is off.</summary>
    private CompileCache? CacheOver(DaemonNodeOptions options, ISharedResults? others, InputMemory memory, ICompilerProbe sources, ILoggerFactory loggers)
    {
        if (options.Cache is not { } cache)
        {
            return null;
        }

        var store = new ResultStore(Path.Combine(options.StateDirectory, ResultStore.FolderName), cache.Limit, _time, loggers);
        return new CompileCache(cache, store, memory, _results, _time)
        {
            Checkouts = cache.BaseDirectories.IsEmpty ? null : new CheckoutResults(store, cache.BaseDirectories, sources),
            Shared = others is null ? null : new SharedCache(new SharedAccess(others, _results, _time, loggers.CreateLogger<SharedAccess>()), store, _results, _time),
        };
    }

    private void Receive(SchedulerMessage message)
    {
        switch (message)
        {
            case SchedulerMessage.Grant grant:
                _leases.Granted(grant.Lease);
                break;
            case SchedulerMessage.Renew renew:
                _leases.Renewed(renew.Lease);
                break;
            case SchedulerMessage.Recall recall:
                _leases.Recalled(recall.Id);
                break;
            case SchedulerMessage.Revoke revoke:
                _leases.Revoked(revoke.Id);
                break;
            case SchedulerMessage.Capacity capacity:
                _leases.SetCapacity(
                    capacity.Slots, capacity.LargestMemory,
                    LocalOnlyReason.NoFarm($"No worker of network '{_options.Network}' takes jobs for {MachineArchitecture.Name}."));
                break;
            default:
                throw new WireFormatException($"A scheduler does not say {message.GetType().Name} to an agent.");
        }
    }

    private void Lose(string reason)
    {
        _broker.Turn(null);
        _uplink.Turn(null);
        _leases.Lose(LocalOnlyReason.NoFarm(reason));
    }

    /// <summary>Serves one launcher. A defect that one command triggers does not end the agent: its launcher finds the connection closed, and compiles itself.</summary>
    private async Task ServeAsync(ITransportConnection accepted, Handshake handshake)
    {
        using IDisposable use = _idle.Use();

        // A request is there when its connection is accepted, so that its sources would be scanned in the loop that accepts: one launcher after the other, on however many cores.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        await new LauncherSession(accepted, _host).RunAsync(handshake.Complete, handshake.Token).ConfigureAwait(false);
    }

    [LoggerMessage(EventIds.AgentYields, LogLevel.Information, "The agent leaves '{Socket}' to another, and ends when its jobs have.")]
    private static partial void LogYields(ILogger logger, string socket);

    [LoggerMessage(EventIds.AgentListens, LogLevel.Information, "The agent answers launchers at '{Socket}'.")]
    private static partial void LogListens(ILogger logger, string socket);
}
