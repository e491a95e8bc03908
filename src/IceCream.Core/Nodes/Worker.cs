using System.Security.Cryptography;
using IceCream.Caching;
using IceCream.Caching.Sharing;
using IceCream.Clients;
using IceCream.Diagnostics;
using IceCream.Execution;
using IceCream.Execution.Worker;
using IceCream.Identity;
using IceCream.Jobs;
using IceCream.Nodes.Discovery;
using IceCream.Platform;
using IceCream.Sandboxing;
using IceCream.Scheduling;
using IceCream.Sessions;
using IceCream.Transport;
using IceCream.Wire;
using Microsoft.Extensions.Logging;

namespace IceCream.Nodes;

/// <summary>The part of a daemon that runs the jobs of others.</summary>
internal sealed partial class Worker : IAsyncDisposable
{
    /// <summary>How often the load is reported to the scheduler.</summary>
    private static readonly TimeSpan LoadInterval = TimeSpan.FromSeconds(5);

    /// <summary>The most characters of an error that the scheduler is told as the reason for taking no jobs: even in UTF-8 they are fewer bytes than it accepts.</summary>
    private const int LongestReason = 200;

    private readonly DaemonNodeOptions _options;
    private readonly ITransport _transport;
    private readonly NodeServices _services;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly NodeLoops _loops;
    private readonly MultiplexedConnectionOptions _limits;
    private readonly ILogger<MultiplexedConnection> _connectionLogger;
    private readonly ILogger<PeerSession> _sessionLogger;
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly SandboxedCompiler _compiler;
    private readonly WorkerSlots _slots;
    private readonly LeaseTurns _turns = new();
    private readonly SharedTeller? _teller;
    private readonly JobMetrics? _metrics;
    private readonly PeerHost _host;
    private readonly long _memory;
    private volatile SchedulerClient? _scheduler;

    /// <summary>Why the machine takes no jobs, as far as is known, and as the scheduler was told; null when it takes jobs.</summary>
    private volatile string? _refusal, _told;
    private ITransportListener? _listener;

    public Worker(DaemonNodeOptions options, ITransport transport, NodeServices services, SandboxedCompiler compiler, ILoggerFactory loggers)
    {
        _options = options;
        _transport = transport;
        _services = services;
        _time = services.Time ?? TimeProvider.System;
        _logger = loggers.CreateLogger<Worker>();
        _connectionLogger = loggers.CreateLogger<MultiplexedConnection>();
        _sessionLogger = loggers.CreateLogger<PeerSession>();
        _loops = new NodeLoops(_logger);
        _limits = LimitsFor(options.Slots);
        _compiler = compiler;
        _memory = options.Memory ?? MachineMemory.Total() / 10 * 9;
        _slots = new WorkerSlots(options.Slots, _memory);
        if (services.SharedResults is { IsReadOnly: false } shared)
        {
            _metrics = new JobMetrics(services.Meters);
            var counters = new CacheCounters { Counted = _metrics.RecordCache };
            _teller = new SharedTeller(new SharedAccess(shared, counters, _time, loggers.CreateLogger<SharedAccess>()), counters, _time);
        }

        var parts = new WorkerParts(
            options.Name, compiler.Store, new BlobFetcher(compiler.Store, _time), _teller, _slots, services.Compiler ?? compiler.ForOthers, _time, loggers)
        {
            AroundCompiler = services.AroundCompiler,
        };
        _host = new PeerHost(options.Network, options.Name, compiler.Store, JobPipelines.Worker(parts), Admit, _time) { Ended = Report, Enter = EnterAsync };
    }

    /// <summary>The address at which it listens for agents; null before <see cref="StartAsync"/>.</summary>
    public FarmAddress? Address => _listener?.LocalAddress;

    /// <summary>Completes when the worker has been disposed, or fails with the cause of its end.</summary>
    public Task Completion => _loops.Completion;

    /// <summary>How many jobs it is running.</summary>
    public int Running => _slots.Running;

    /// <summary>Starts to serve agents, and offers the slots to the scheduler.</summary>
    public async ValueTask StartAsync(Func<SchedulerRole, SchedulerLink> link, CancellationToken cancellationToken)
    {
        // A custom compiler of an embedder does not use this sandbox.
        _told = _refusal = _services.Compiler is null ? await FindRefusalAsync(cancellationToken).ConfigureAwait(false) : null;
        if (_refusal is { } refusal)
        {
            LogRefuses(_logger, refusal);
        }

        _listener = await _transport.ListenAsync(_options.Listen!, cancellationToken).ConfigureAwait(false);
        LogListens(_logger, _options.Name, _listener.LocalAddress, _options.Slots);
        var role = new SchedulerRole(
            "worker",
            scheduler =>
            {
                _told = _refusal;
                return new SchedulerMessage.WorkerHello(
                    SchedulerMessage.ProtocolVersion, _options.Network, _options.Name,
                    _options.Advertise ?? AdvertisedAddress.Of(_listener.LocalAddress, scheduler),
                    MachineArchitecture.Name, _told is null ? _options.Slots : 0, _key, _told ?? "", _memory);
            },
            client => _scheduler = client,
            static _ => { },
            _ => _scheduler = null);
        _loops.Start("answering agents", new ConnectionDispatcher(_listener, ServeAsync, new ConnectionLimits().Within(Linux.FreeDescriptors()), _time, _logger)
        {
            RefusalOf = static why => PeerMessage.EncodeRefusal(why),
            AwaitsFirstByte = true,
        }.RunAsync);
        _loops.Start("its part in the farm", link(role).RunAsync);
        _loops.Start("telling its load", TellLoadAsync);
        _loops.Start("asking whether it can take jobs by now", AskAgainAsync);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _loops.DisposeAsync().ConfigureAwait(false);
        if (_teller is not null)
        {
            await _teller.DisposeAsync().ConfigureAwait(false);
        }

        _metrics?.Dispose();
    }

    /// <summary>Reports the cost of a job. Without a scheduler the report is dropped: later jobs give the same information.</summary>
    private void Report(ReadOnlyMemory<byte> capability, CostReport report)
    {
        if (_scheduler is { } scheduler && LeaseCapability.TryRead(_key, capability.Span, out LeaseClaim? claim))
        {
            // The job ran beside those that are still running.
            scheduler.Say(new SchedulerMessage.JobEnded(report with { Lease = claim.Lease, Running = Math.Clamp(_slots.Running + 1, 1, _options.Slots) }));
        }
    }

    /// <summary>Waits until no other job runs under a lease.</summary>
    private async ValueTask<IDisposable?> EnterAsync(ReadOnlyMemory<byte> capability, CancellationToken cancellationToken) =>
        LeaseCapability.TryRead(_key, capability.Span, out LeaseClaim? claim) ? await _turns.EnterAsync(claim.Lease, claim.Agent, cancellationToken).ConfigureAwait(false) : null;

    /// <summary>Why commands cannot be confined now, for people; null when they can.</summary>
    private async Task<string?> FindRefusalAsync(CancellationToken cancellationToken)
    {
        SandboxState state;
        try
        {
            state = await _compiler.PreparedAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SandboxException)
        {
            // A full disk passes: the node starts and asks again, and its own user's jobs go on meanwhile.
            return ShortText.Cut(e.Message, LongestReason);
        }

        if (state is { Obstacle: null, Weakness: { } weakness })
        {
            LogLacks(_logger, weakness);
        }

        return state.Obstacle?.Detail;
    }

    /// <summary>
    /// Offers the slots when commands can be confined, after a start while they could not. The greeting tells the scheduler the number of slots, so the
    /// connection is closed, and the worker greets anew.
    /// </summary>
    private async Task AskAgainAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(SandboxedCompiler.Pause, _time);
        try
        {
            while (_told is not null && await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
            {
                _refusal = _refusal is null ? null : await FindRefusalAsync(cancellationToken).ConfigureAwait(false);
                if (_refusal is null && _scheduler is { } scheduler)
                {
                    LogTakes(_logger, _options.Slots);
                    await scheduler.DisposeAsync().ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The node is closing.
        }
    }

    private async Task TellLoadAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(LoadInterval, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
            {
                _scheduler?.Say(new SchedulerMessage.WorkerLoad(
                    new NodeLoad(_slots.Running, MachineMemory.Pressure("cpu"), MachineMemory.Pressure("memory"), MachineMemory.Free()) { Toolchains = [.. _compiler.Toolchains.Take(NodeLoad.MostToolchains)] }));
            }
        }
        catch (OperationCanceledException)
        {
            // The node is closing.
        }
    }

    private string? Admit(ReadOnlyMemory<byte> capability) =>
        LeaseCapability.TryVerify(_key, capability.Span, _time.GetUtcNow(), out _)
            ? null
            : $"The lease is not one of '{_options.Name}' as it runs now, or its time is over.";

    /// <summary>Verifies a lease and its holder: a lease is valid only for the agent that it was granted to, which the certificate proves.</summary>
    private string? Admit(ReadOnlyMemory<byte> capability, NodeIdentity who) =>
        !who.Roles.HasFlag(NodeRoles.Agent) ? $"Its certificate has the role '{NodeRoleWords.Of(who.Roles)}', and jobs come from agents."
        : LeaseCapability.TryVerify(_key, capability.Span, _time.GetUtcNow(), out LeaseClaim? claim) && !who.OwnsAgentName(claim.Agent) ? $"The lease was given to another agent than '{who.AgentName}'."
        : Admit(capability);

    /// <summary>
    /// Limits what one agent can make the worker hold. The number of channels allows for twice the slots, since the leases of a restarted scheduler
    /// overlap with the earlier ones; the more channels, the smaller each window.
    /// </summary>
    private static MultiplexedConnectionOptions LimitsFor(int slots)
    {
        const int Windows = 96 << 20, Smallest = 256 << 10, Largest = 4 << 20;
        int channels = (2 * slots) + 8;
        return new MultiplexedConnectionOptions
        {
            // Agents detect a stopped machine by missing heartbeats, long before the connection times out.
            HeartbeatInterval = TimeSpan.FromSeconds(1),
            Channels = channels,
            PendingChannels = channels,
            WindowBytes = Math.Clamp(Windows / channels, Smallest, Largest),

            // Room for a message of the longest kind, such as a generation of entries, for a long offer, and for a blob frame on every channel.
            HeldBytes = WireLimits.Message + WireLimits.Job + ((long)channels * WireLimits.BlobFrame),
        };
    }

    private Task ServeAsync(ITransportConnection accepted, Handshake handshake)
    {
        PeerHost host = accepted.Identity is { } who ? _host with { Admit = capability => Admit(capability, who) } : _host;
        return new PeerSession(new MultiplexedConnection(accepted, _limits, _time, _connectionLogger), host, _sessionLogger).RunAsync(handshake.Complete, handshake.Token);
    }

    [LoggerMessage(EventIds.WorkerListens, LogLevel.Information, "Worker '{Name}' answers at {Address} with {Slots} slots.")]
    private static partial void LogListens(ILogger logger, string name, FarmAddress address, int slots);

    [LoggerMessage(EventIds.SandboxLacks, LogLevel.Warning, "The worker takes jobs with fewer defences than it could: {Weakness}.")]
    private static partial void LogLacks(ILogger logger, string weakness);

    [LoggerMessage(EventIds.WorkerTakes, LogLevel.Information, "The worker takes jobs now, with {Slots} slots: what stood in the way has passed.")]
    private static partial void LogTakes(ILogger logger, int slots);

    [LoggerMessage(EventIds.WorkerRefuses, LogLevel.Warning, "The worker takes no jobs: {Obstacle}")]
    private static partial void LogRefuses(ILogger logger, string obstacle);
}
