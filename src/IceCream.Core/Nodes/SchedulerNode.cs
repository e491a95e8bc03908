using System.Reflection;
using IceCream.Diagnostics;
using IceCream.Jobs;
using IceCream.Scheduling;
using IceCream.Sessions;
using IceCream.Transport;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace IceCream.Nodes;

/// <summary>A scheduler that answers: the state machine, its clock, and a session for each node of its network.</summary>
public sealed partial class SchedulerNode : IAsyncDisposable
{
    private readonly SchedulerNodeOptions _options;
    private readonly ITransport _transport;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SchedulerDesk _desk;
    private readonly string _release = typeof(SchedulerNode).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";
    private readonly CancellationTokenSource _ending = new();
    private ITransportListener? _listener;
    private DiscoveryResponder? _responder;
    private Task _running = Task.CompletedTask;
    private int _disposed;

    /// <summary>A scheduler that does not answer yet.</summary>
    /// <param name="options">How it is set up.</param>
    /// <param name="transport">How nodes reach it.</param>
    /// <param name="scheduler">What decides; the built-in state machine when null.</param>
    /// <param name="timeProvider">The time; the system's when null.</param>
    /// <param name="loggers">Where it logs; nowhere when null.</param>
    public SchedulerNode(
        SchedulerNodeOptions options, ITransport transport, IScheduler? scheduler = null, TimeProvider? timeProvider = null, ILoggerFactory? loggers = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrWhiteSpace(options.Network);
        _options = options;
        _transport = transport;
        _time = timeProvider ?? TimeProvider.System;
        _logger = (loggers ?? NullLoggerFactory.Instance).CreateLogger<SchedulerNode>();

        // Numbers that grow with the clock: a scheduler that was restarted never gives out a number that is still held from before.
        var scheduling = new SchedulerOptions { FirstLease = _time.GetUtcNow().ToUnixTimeMilliseconds() };
        TickEvery = scheduling.LeaseTime / 8;
        _desk = new SchedulerDesk(
            scheduler ?? new SchedulerState(scheduling, new LeastLoadedPolicy()), _time, options.Network, _release, options.Insecure);
    }

    /// <summary>Where it answers; null before <see cref="StartAsync"/>.</summary>
    public FarmAddress? Address => _listener?.LocalAddress;

    /// <summary>Why nodes that look for it by broadcast do not find it; null when they do, or are not meant to. Known from <see cref="StartAsync"/> on.</summary>
    public string? DiscoveryObstacle { get; private set; }

    /// <summary>The UDP port on which it can be found; null when it cannot.</summary>
    internal int? DiscoveryPort => _responder?.Port;

    private TimeSpan TickEvery { get; }

    /// <summary>Starts to answer.</summary>
    /// <exception cref="InvalidOperationException">Other machines could reach it in the clear, and its options do not allow that.</exception>
    /// <exception cref="IOException">It cannot listen where it is to.</exception>
    public async ValueTask StartAsync(CancellationToken cancellationToken = default)
    {
        if (!_options.Listen.IsLocal && !_options.Insecure)
        {
            throw new InvalidOperationException(
                $"A scheduler at {_options.Listen} would speak in the clear to other machines. Pass --insecure on a closed network, or listen on loopback.");
        }

        _listener = await _transport.ListenAsync(_options.Listen, cancellationToken).ConfigureAwait(false);
        LogListens(_logger, _options.Network, _listener.LocalAddress);
        _running = Task.WhenAll(AnswerAsync(_listener), PassTimeAsync());
        if (_options.Discoverable && _listener.LocalAddress.Scheme == "tcp")
        {
            BecomeDiscoverable(_listener.LocalAddress);
        }
    }

    /// <summary>The farm as it is.</summary>
    public FarmStatus Describe() => _desk.Describe();

    /// <summary>Closes every connection and waits for their ends.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _ending.CancelAsync().ConfigureAwait(false);
        if (_responder is not null)
        {
            await _responder.DisposeAsync().ConfigureAwait(false);
        }

        if (_listener is not null)
        {
            await _listener.DisposeAsync().ConfigureAwait(false);
        }

        await _running.ConfigureAwait(false);
        _ending.Dispose();
    }

    private void BecomeDiscoverable(FarmAddress address)
    {
        try
        {
            _responder = DiscoveryResponder.Start(_options.Network, _release, address, _options.DiscoveryPort, _time);
        }
        catch (IOException e)
        {
            // Nodes that are told the address need no discovery: the scheduler is of use without.
            DiscoveryObstacle = e.Message;
            LogHidden(_logger, e.Message);
        }
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
            // The node is closing.
        }

        await Task.WhenAll(sessions).ConfigureAwait(false);
    }

    private async Task ServeAsync(ITransportConnection accepted)
    {
        try
        {
            await new SchedulerSession(new MultiplexedConnection(accepted, time: _time), _desk).RunAsync(_ending.Token).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // A defect that one node meets, perhaps of an embedder's scheduler, costs its connection: the others keep theirs.
            LogNodeLost(_logger, e);
        }
    }

    private async Task PassTimeAsync()
    {
        using var timer = new PeriodicTimer(TickEvery, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_ending.Token).ConfigureAwait(false))
            {
                _desk.Tell(static at => new TimePassed(at));
            }
        }
        catch (OperationCanceledException)
        {
            // The node is closing.
        }
    }

    [LoggerMessage(EventIds.SchedulerListens, LogLevel.Information, "The scheduler of network '{Network}' answers at {Address}.")]
    private static partial void LogListens(ILogger logger, string network, FarmAddress address);

    [LoggerMessage(EventIds.SchedulerHidden, LogLevel.Warning, "Nodes must be told the scheduler's address: {Obstacle}")]
    private static partial void LogHidden(ILogger logger, string obstacle);

    [LoggerMessage(EventIds.NodeLost, LogLevel.Error, "A node's connection was closed, because of a defect. Please report it.")]
    private static partial void LogNodeLost(ILogger logger, Exception exception);
}
