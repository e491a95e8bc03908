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
using IceCream.Scheduling;
using IceCream.Sessions;
using IceCream.Transport;
using IceCream.Wire;
using Microsoft.Extensions.Logging;

namespace IceCream.Nodes;

/// <summary>The half of a daemon that does the jobs of others.</summary>
internal sealed partial class Worker : IAsyncDisposable
{
    /// <summary>How often the scheduler is told how loaded the machine is.</summary>
    private static readonly TimeSpan LoadInterval = TimeSpan.FromSeconds(5);

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
    private readonly SharedTeller? _teller;
    private readonly JobMetrics? _metrics;
    private readonly PeerHost _host;
    private readonly long _memory;
    private volatile SchedulerClient? _scheduler;
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
        _host = new PeerHost(options.Network, options.Name, compiler.Store, JobPipelines.Worker(parts), Admit, _time) { Ended = Report };
    }

    /// <summary>Where agents reach it; null before <see cref="StartAsync"/>.</summary>
    public FarmAddress? Address => _listener?.LocalAddress;

    /// <summary>Completes when it has been disposed, or fails with what broke.</summary>
    public Task Completion => _loops.Completion;

    /// <summary>How many jobs it is doing.</summary>
    public int Running => _slots.Running;

    /// <summary>Starts to answer agents, and offers the slots to the scheduler.</summary>
    public async ValueTask StartAsync(Func<SchedulerRole, SchedulerLink> link, CancellationToken cancellationToken)
    {
        // An embedder's own compiler needs no sandbox of ours.
        SandboxState state = _services.Compiler is null ? await _compiler.PreparedAsync().WaitAsync(cancellationToken).ConfigureAwait(false) : default;
        string obstacle = state.Obstacle ?? "";
        if (obstacle.Length > 0)
        {
            LogRefuses(_logger, obstacle);
        }
        else if (state.Weakness is { } weakness)
        {
            LogLacks(_logger, weakness);
        }

        _listener = await _transport.ListenAsync(_options.Listen!, cancellationToken).ConfigureAwait(false);
        LogListens(_logger, _options.Name, _listener.LocalAddress, _options.Slots);
        var role = new SchedulerRole(
            "worker",
            scheduler => new SchedulerMessage.WorkerHello(
                SchedulerMessage.ProtocolVersion, _options.Network, _options.Name,
                _options.Advertise ?? AdvertisedAddress.Of(_listener.LocalAddress, scheduler),
                MachineArchitecture.Name, obstacle.Length > 0 ? 0 : _options.Slots, _key, obstacle, _memory),
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

    /// <summary>What is told while there is no scheduler is lost: the next jobs tell as much.</summary>
    private void Report(ReadOnlyMemory<byte> capability, CostReport report)
    {
        if (_scheduler is { } scheduler && LeaseCapability.TryRead(_key, capability.Span, out LeaseClaim? claim))
        {
            // The job ran beside the jobs that are still under way.
            scheduler.Say(new SchedulerMessage.JobEnded(report with { Lease = claim.Lease, Running = Math.Clamp(_slots.Running + 1, 1, _options.Slots) }));
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

    /// <summary>A lease is good for the agent that it was given to: whoever shows it is that one, by its certificate.</summary>
    private string? Admit(ReadOnlyMemory<byte> capability, NodeIdentity who) =>
        !who.Roles.HasFlag(NodeRoles.Agent) ? $"Its certificate has the role '{NodeRoleWords.Of(who.Roles)}', and jobs come from agents."
        : LeaseCapability.TryVerify(_key, capability.Span, _time.GetUtcNow(), out LeaseClaim? claim) && !who.OwnsAgentName(claim.Agent) ? $"The lease was given to another agent than '{who.AgentName}'."
        : Admit(capability);

    /// <summary>
    /// What one agent can make the worker hold. Its channels are those of its leases, twice over, since the leases of a scheduler that was
    /// restarted overlap with those from before; the more there are, the less each needs ahead.
    /// </summary>
    private static MultiplexedConnectionOptions LimitsFor(int slots)
    {
        const int Windows = 96 << 20, Smallest = 256 << 10, Largest = 4 << 20;
        int channels = (2 * slots) + 8;
        return new MultiplexedConnectionOptions
        {
            // Agents tell by it that a machine has stopped, long before the connection counts as dead.
            HeartbeatInterval = TimeSpan.FromSeconds(1),
            Channels = channels,
            PendingChannels = channels,
            WindowBytes = Math.Clamp(Windows / channels, Smallest, Largest),

            // A message of the longest kind, such as a generation of entries, a long offer, and on every channel a frame of a blob.
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

    [LoggerMessage(EventIds.WorkerRefuses, LogLevel.Warning, "The worker takes no jobs: {Obstacle}")]
    private static partial void LogRefuses(ILogger logger, string obstacle);
}
