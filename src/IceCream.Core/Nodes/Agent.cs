using IceCream.Clients;
using IceCream.Diagnostics;
using IceCream.Execution;
using IceCream.Inputs;
using IceCream.Jobs;
using IceCream.Platform;
using IceCream.Sandboxing;
using IceCream.Sessions;
using IceCream.Storage;
using IceCream.Toolchains;
using IceCream.Transport;
using IceCream.Wire;
using Microsoft.Extensions.Logging;

namespace IceCream.Nodes;

/// <summary>The half of a daemon that takes the jobs of this machine's user to the farm.</summary>
internal sealed partial class Agent : IAsyncDisposable
{
    /// <summary>How long a lease that nobody wants is kept: the next command of a build comes sooner.</summary>
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(1);

    private const uint OwnerOnly = 0b111_000_000;

    private readonly DaemonNodeOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _ending = new();
    private readonly LeaseDesk _desk = new();
    private readonly LeasePool _leases;
    private readonly PeerPool _peers;
    private readonly JobMetrics _metrics;
    private readonly OriginParts _parts;
    private readonly IJobExecutor _farm;
    private readonly AgentHost _host;
    private readonly IdleWatch _idle;
    private readonly InputCounters _inputs = new();
    private readonly FileDigests _digests;
    private readonly ManifestStore _manifests;
    private readonly string _name;
    private ITransportListener? _listener;
    private FileStream? _lock;
    private Task _running = Task.CompletedTask;

    public Agent(DaemonNodeOptions options, ITransport transport, DaemonServices services, ILoggerFactory loggers)
    {
        _options = options;
        _time = services.Time ?? TimeProvider.System;
        _logger = loggers.CreateLogger<Agent>();
        _name = $"{options.User}@{options.Name}";
        _idle = new IdleWatch(options.IdleExit, _time);
        _leases = new LeasePool(_desk, _time, Linger);
        _peers = new PeerPool(transport, options.Network, _name, _time);
        _metrics = new JobMetrics(services.Meters);
        var slots = new LocalSlots(options.LocalSlots);
        var probe = new ProcessCompilerProbe();
        var ledger = new JobLedger(_time);
        _digests = new FileDigests(_time, Path.Combine(options.StateDirectory, "digests"), loggers);
        var memory = new InputMemory(_digests, new SourceReader(_digests), TimeProvider.System);
        _manifests = new ManifestStore(memory, Path.Combine(options.StateDirectory, "manifests"), _time, loggers);
        _parts = new OriginParts(
            new CompilerFamilies(probe),
            services.Toolchains ?? new ToolchainCache(probe, _digests, loggers.CreateLogger<ToolchainCache>()),
            InputLadderOver(probe, slots, _digests, memory, _manifests, _inputs),
            _leases, _peers, ledger, _metrics, _time);
        _farm = services.Farm ?? JobPipelines.Farm(_parts);
        Local = JobPipelines.Origin(_parts, _farm, new LocalExecutor(slots, _time));
        _host = new AgentHost(options.User, here => JobPipelines.Origin(_parts, _farm, here), slots, Describe, _time);
    }

    /// <summary>Does a job of this process: here, when it cannot leave, by a child.</summary>
    public IJobExecutor Local { get; }

    /// <summary>Completes when nobody has used the agent for as long as its options allow.</summary>
    public Task Idle => _idle.Idle;

    /// <summary>Why no job can leave at the moment; null when it can.</summary>
    public string? Obstacle => _leases.Obstacle;

    /// <summary>What it has done.</summary>
    public JobStatistics Describe() => _parts.Ledger.Read() with { Inputs = _inputs.Read() };

    /// <summary>Completes when no launcher is being served.</summary>
    public Task Unused => _idle.Unused;

    /// <summary>Waits until jobs can leave.</summary>
    public ValueTask AwaitFarmAsync(TimeSpan patience, CancellationToken cancellationToken) => _leases.AwaitFarmAsync(patience, cancellationToken);

    /// <summary>Starts to answer launchers, and asks the scheduler for slots when they come.</summary>
    public async ValueTask StartAsync(Func<SchedulerRole, SchedulerLink> link, CancellationToken cancellationToken)
    {
        Task answering = Task.CompletedTask;
        if (_options.Socket is { } socket)
        {
            _lock = Lock(socket);
            _listener = await new UnixTransport().ListenAsync(FarmAddress.Unix(socket), cancellationToken).ConfigureAwait(false);
            LogListens(_logger, socket);
            answering = AnswerAsync(_listener);
        }

        var role = new SchedulerRole(
            "agent",
            _ => new SchedulerMessage.AgentHello(
                SchedulerMessage.ProtocolVersion, _options.Network, _name, _options.User, MachineArchitecture.Name, [.. _leases.Held]),
            _desk.Turn,
            Receive,
            Lose);
        _running = Task.WhenAll(answering, link(role).RunAsync(_ending.Token));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync().ConfigureAwait(false);
        if (_listener is not null)
        {
            await _listener.DisposeAsync().ConfigureAwait(false);
        }

        await _running.ConfigureAwait(false);
        _leases.Dispose();
        await _peers.DisposeAsync().ConfigureAwait(false);
        _manifests.Dispose();
        _digests.Dispose();
        _metrics.Dispose();
        _idle.Dispose();
        _lock?.Dispose();
        _ending.Dispose();
    }

    /// <summary>What is remembered first, then the scanner, and below it the compiler's own list, which costs a slot.</summary>
    private static InputLadder InputLadderOver(
        ICompilerProbe probe, LocalSlots slots, IFileDigests digests, InputMemory memory, ManifestStore manifests, InputCounters counters)
    {
        var searchFolders = new SearchFolders(probe);
        return new InputLadder(
            manifests,
            new IncludeScanner(searchFolders, memory),
            new DependencyCollector(new SlotProbe(probe, slots), searchFolders, new HiddenReads(digests)),
            new LookupRecorder(searchFolders, memory),
            memory,
            counters);
    }

    /// <summary>One agent per socket. The lock ends with the process, and the file stays: to delete it would let two hold it.</summary>
    private static FileStream Lock(string socket)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(socket))!;
        if (!Directory.Exists(folder))
        {
            // What is said here is what the user compiles: nobody else is to listen.
            Directory.CreateDirectory(folder);
            Linux.SetPermissions(folder, OwnerOnly);
        }

        return FileLock.TryTake(socket + ".lock") ?? throw new AgentAlreadyRunsException($"Another agent serves '{socket}'.");
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
                _leases.SetCapacity(capacity.Slots, $"No worker of network '{_options.Network}' takes jobs for {MachineArchitecture.Name}.");
                break;
            default:
                throw new WireFormatException($"A scheduler does not say {message.GetType().Name} to an agent.");
        }
    }

    private void Lose(string reason)
    {
        _desk.Turn(null);
        _leases.SetObstacle(reason);
    }

    private async Task AnswerAsync(ITransportListener listener)
    {
        var sessions = new List<Task>();
        try
        {
            while (await listener.AcceptAsync(_ending.Token).ConfigureAwait(false) is { } accepted)
            {
                sessions.RemoveAll(static session => session.IsCompletedSuccessfully);
                sessions.Add(ServeAsync(accepted));
            }
        }
        catch (OperationCanceledException)
        {
            // The agent is closing.
        }

        await Task.WhenAll(sessions).ConfigureAwait(false);
    }

    private async Task ServeAsync(ITransportConnection accepted)
    {
        using IDisposable use = _idle.Use();
        try
        {
            await new LauncherSession(accepted, _host).RunAsync(_ending.Token).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // A defect met by one command must not end the agent of all: its launcher finds the connection closed, and compiles.
            LogSessionFailed(_logger, e);
        }
    }

    [LoggerMessage(EventIds.AgentListens, LogLevel.Information, "The agent answers launchers at '{Socket}'.")]
    private static partial void LogListens(ILogger logger, string socket);

    [LoggerMessage(EventIds.SessionFailed, LogLevel.Error, "A command was left to its launcher, because of a defect. Please report it.")]
    private static partial void LogSessionFailed(ILogger logger, Exception exception);
}
