using System.Net;
using System.Net.Sockets;
using System.Reflection;
using System.Runtime.CompilerServices;
using IceCream.Diagnostics;
using IceCream.Identity;
using IceCream.Interop.Icecream;
using IceCream.Jobs;
using IceCream.Monitoring;
using IceCream.Nodes.Discovery;
using IceCream.Platform;
using IceCream.Scheduling;
using IceCream.Sessions;
using IceCream.Transport;
using IceCream.Transport.Tls;
using IceCream.Wire;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace IceCream.Nodes;

/// <summary>A running scheduler: the state machine, its clock, and a session for each node of its network.</summary>
public sealed partial class SchedulerNode : IAsyncDisposable
{
    private static readonly TimeSpan PortAgain = TimeSpan.FromMilliseconds(500);

    private readonly SchedulerNodeOptions _options;
    private readonly ITransport _transport;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SchedulerDispatcher _dispatcher;
    private readonly string _release = typeof(SchedulerNode).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";
    private readonly NodeLoops _loops;
    private readonly ILogger<MultiplexedConnection> _connectionLogger;
    private readonly ILogger<SchedulerSession> _sessionLogger;
    private readonly ILogger<JoinSession> _joinLogger;
    private readonly LearnedFile? _learned;
    private readonly ClassicMonitors? _classicMonitors;
    private ITransportListener? _listener;
    private DiscoveryResponder? _responder;
    private Obstacle? _discoveryObstacle;
    private int _disposed;

    /// <summary>Creates a scheduler that is not started yet.</summary>
    /// <param name="options">The options.</param>
    /// <param name="services">Custom parts of the embedder; null: all parts are built in.</param>
    /// <exception cref="ArgumentException">An option is out of its range: the message says which.</exception>
    /// <exception cref="IOException">The state directory cannot be written.</exception>
    public SchedulerNode(SchedulerNodeOptions options, NodeServices? services = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        services ??= new NodeServices();
        _options = options;
        _time = services.Time ?? TimeProvider.System;
        _transport = FarmTransport.Over(services.TransportOrUsual, options.Authority, options.Insecure, _time, takesJoins: true);
        ILoggerFactory loggers = services.Loggers ?? NullLoggerFactory.Instance;
        _logger = loggers.CreateLogger<SchedulerNode>();
        _connectionLogger = loggers.CreateLogger<MultiplexedConnection>();
        _sessionLogger = loggers.CreateLogger<SchedulerSession>();
        _joinLogger = loggers.CreateLogger<JoinSession>();
        _loops = new NodeLoops(_logger);

        // Lease numbers start from the clock, so that a restarted scheduler never reuses a number that is still held.
        var scheduling = new SchedulerOptions { FirstLease = _time.GetUtcNow().ToUnixTimeMilliseconds(), Shares = options.Shares };
        TickEvery = scheduling.LeaseTime / 8;
        if (services.Scheduler is not { } scheduler)
        {
            _learned = new LearnedFile(options.StateDirectory, _time, _logger);
            scheduler = new SchedulerState(scheduling, services.Placement ?? PlacementPolicies.Create(options.Placement, new Random((int)scheduling.FirstLease)), _learned.Knowledge);
        }

        Jobs = new FarmJobs(new BuildHistory(options.StateDirectory, _logger), _time, options.StateDirectory is { } state ? new JobLog(state, JobLogLimits.Usual, _time, _logger) : null);
        _dispatcher = new SchedulerDispatcher(scheduler, _time, options.Network, _release, options.Insecure && options.Authority is null) { Decided = () => _learned?.KeepSoon() };
        _classicMonitors = options.ClassicMonitor ? new ClassicMonitors(() => Describe().Nodes, Jobs.Stream, _time, loggers.CreateLogger<ClassicMonitors>()) : null;
    }

    /// <summary>The jobs of the farm.</summary>
    internal FarmJobs Jobs { get; }

    /// <summary>The address at which it listens; null before <see cref="StartAsync"/>.</summary>
    public FarmAddress? Address => _listener?.LocalAddress;

    /// <summary>Completes when the scheduler has been disposed, or fails with the reason when it no longer serves.</summary>
    public Task Completion => _loops.Completion;

    /// <summary>
    /// Why nodes cannot find it by broadcast; null when they can, or when discovery is off. Valid after <see cref="StartAsync"/>; a port in use is
    /// retried.
    /// </summary>
    public string? DiscoveryObstacle => _discoveryObstacle?.Detail;

    /// <summary>The UDP port of discovery; null when it cannot be found.</summary>
    internal int? DiscoveryPort => _responder?.Port;

    private TimeSpan TickEvery { get; }

    /// <summary>Starts to serve.</summary>
    /// <exception cref="InvalidOperationException">Other machines could reach it without encryption, and its options do not allow that.</exception>
    /// <exception cref="IOException">It cannot listen at its address.</exception>
    public async ValueTask StartAsync(CancellationToken cancellationToken = default)
    {
        if (FarmTransport.ReasonToRefuse("A scheduler", _options.Listen, _transport, _options.Insecure) is { } reason)
        {
            throw new InvalidOperationException(reason);
        }

        _listener = await _transport.ListenAsync(_options.Listen, cancellationToken).ConfigureAwait(false);
        LogListens(_logger, _options.Network, _listener.LocalAddress);
        _loops.Start("answering nodes", DispatcherOf(_listener, ServeAsync).RunAsync);
        if (_options is { Authority: not null, OwnerSocket: { } socket })
        {
            ITransportListener owner = await new UnixTransport().ListenAsync(FarmAddress.Unix(socket), cancellationToken).ConfigureAwait(false);
            _loops.Start("answering its owner", DispatcherOf(owner, ServeOwnerAsync).RunAsync);
        }

        _loops.Start("its clock", PassTimeAsync);
        if (_learned is not null)
        {
            _loops.Start("keeping what it has learned", ending => _learned.RunAsync(_dispatcher.Read, ending));
        }

        if (_options.Discoverable && _listener.LocalAddress.Scheme == "tcp")
        {
            FarmAddress address = _listener.LocalAddress;
            _loops.Start("answering those who look for a scheduler", ending => BecomeDiscoverableAsync(address, ending));
            WatchForOthers(address);
        }
    }

    /// <summary>
    /// The events of the farm's jobs from now on, preceded by the jobs in progress. Ends when cancelled. A reader that is too slow loses events, and
    /// a <see cref="JobEventsLost"/> says how many.
    /// </summary>
    public async IAsyncEnumerable<JobEvent> WatchJobsAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using JobEventSubscription subscription = Jobs.Stream.Subscribe();
        await foreach (JobEvent happened in subscription.ReadAllAsync(cancellationToken).ConfigureAwait(false))
        {
            yield return happened;
        }
    }

    /// <summary>The current state of the farm.</summary>
    public FarmStatus Describe() => _dispatcher.Describe();

    /// <summary>Closes every connection and waits for their ends.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _loops.DisposeAsync().ConfigureAwait(false);
        if (_responder is not null)
        {
            await _responder.DisposeAsync().ConfigureAwait(false);
        }

        Jobs.Dispose();
    }

    /// <summary>
    /// Answers broadcasts as soon as the port is free: a node that looks for a scheduler listens there for a moment, and another scheduler for
    /// longer. Meanwhile the scheduler serves nodes that know its address.
    /// </summary>
    private async Task BecomeDiscoverableAsync(FarmAddress address, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                var responder = DiscoveryResponder.Start(_options.Network, _release, address, _options.DiscoveryPort, _time, _options.ClassicMonitor);
                if (_discoveryObstacle is not null)
                {
                    _discoveryObstacle = null;
                    LogFound(_logger);
                }

                _responder = responder;
                break;
            }
            catch (IOException e)
            {
                if (_discoveryObstacle is null)
                {
                    LogHidden(_logger, e.Message);
                }

                _discoveryObstacle = new Obstacle(ObstacleKind.NotDiscoverable, e.Message);
                if (e.InnerException is not SocketException)
                {
                    return;
                }
            }

            await Task.Delay(PortAgain, _time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        try
        {
            await (_responder?.Completion ?? Task.CompletedTask).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The node is closing.
        }
    }

    private void WatchForOthers(FarmAddress address)
    {
        IReadOnlyCollection<IPEndPoint> targets = SchedulerDiscovery.FindTargets(
            _options.DiscoveryPort > 0 ? _options.DiscoveryPort : _responder?.Port ?? 0, SchedulerDiscovery.OneAddressOf(address));
        _loops.Start(
            "the watch for other schedulers",
            new OtherSchedulers(
                _options.Network, address.IsLocal ? [.. targets.Where(static target => IPAddress.IsLoopback(target.Address))] : targets,
                () => _responder?.Identity, _time, _logger).RunAsync);
    }

    private ConnectionDispatcher DispatcherOf(ITransportListener listener, Func<ITransportConnection, Handshake, Task> serve) =>
        new(listener, serve, new ConnectionLimits().Within(Linux.FreeDescriptors()), _time, _logger)
        {
            RefusalOf = static why => SchedulerMessage.Encode(new SchedulerMessage.Refused(why)),
            AwaitsFirstByte = true,
        };

    private async Task ServeAsync(ITransportConnection accepted, Handshake handshake)
    {
        if (accepted is TlsConnection { Joins: true } joining)
        {
            await new JoinSession(joining, _options.Authority!, _joinLogger).RunAsync(handshake.Token).ConfigureAwait(false);
            handshake.Complete();
            return;
        }

        ITransportConnection connection = accepted;
        if (_classicMonitors is not null && accepted is not TlsConnection)
        {
            (bool isClassic, connection) = await FirstBytes.LookAsync(accepted, ClassicVersion.Size, ClassicVersion.CanBegin, handshake.Token).ConfigureAwait(false);
            if (isClassic)
            {
                await _classicMonitors.ServeAsync(connection, handshake).ConfigureAwait(false);
                return;
            }
        }

        await SessionOf(connection, null).RunAsync(handshake.Complete, handshake.Token).ConfigureAwait(false);
    }

    private Task ServeOwnerAsync(ITransportConnection accepted, Handshake handshake) =>
        SessionOf(accepted, _options.Authority).RunAsync(handshake.Complete, handshake.Token);

    private SchedulerSession SessionOf(ITransportConnection accepted, FarmAuthority? ofOwner) =>
        new(new MultiplexedConnection(accepted, MultiplexedConnectionOptions.ControlOnly, _time, _connectionLogger), _dispatcher, Jobs, _time, _sessionLogger)
        {
            Scheme = _listener!.LocalAddress.Scheme,
            Trust = _options.Authority?.Trust,
            OwnersAuthority = ofOwner,
        };

    private async Task PassTimeAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TickEvery, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
            {
                _dispatcher.Tell(static at => new TimePassed(at));
                Jobs.PassTime();
            }
        }
        catch (OperationCanceledException)
        {
            // The node is closing.
        }
    }

    [LoggerMessage(EventIds.SchedulerListens, LogLevel.Debug, "The scheduler of network '{Network}' answers at {Address}.")]
    private static partial void LogListens(ILogger logger, string network, FarmAddress address);

    [LoggerMessage(EventIds.SchedulerHidden, LogLevel.Warning, "Nodes must be told the scheduler's address: {Obstacle}")]
    private static partial void LogHidden(ILogger logger, string obstacle);

    [LoggerMessage(EventIds.SchedulerFound, LogLevel.Information, "Nodes that ask by broadcast find the scheduler now.")]
    private static partial void LogFound(ILogger logger);
}
