using System.Security.Cryptography;
using IceCream.Diagnostics;
using IceCream.Execution;
using IceCream.Jobs;
using IceCream.Sandboxing;
using IceCream.Scheduling;
using IceCream.Sessions;
using IceCream.Storage;
using IceCream.Transport;
using IceCream.Wire;
using Microsoft.Extensions.Logging;

namespace IceCream.Nodes;

/// <summary>The half of a daemon that does the jobs of others.</summary>
internal sealed partial class Worker : IAsyncDisposable
{
    /// <summary>Roots beyond one per slot, so that builds that use several compilers in turn find one of each.</summary>
    private const int SpareRoots = 2;

    private readonly DaemonNodeOptions _options;
    private readonly ITransport _transport;
    private readonly DaemonServices _services;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _ending = new();
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly DiskBlobStore _store;
    private readonly RootsFolder _roots;
    private readonly CompilerExecutor _compiler;
    private readonly SlotExecutor _executor;
    private readonly BubblewrapSandbox _sandbox;
    private readonly PeerHost _host;
    private ITransportListener? _listener;
    private Task _running = Task.CompletedTask;

    public Worker(DaemonNodeOptions options, ITransport transport, DaemonServices services, ILoggerFactory loggers)
    {
        _options = options;
        _transport = transport;
        _services = services;
        _time = services.Time ?? TimeProvider.System;
        _logger = loggers.CreateLogger<Worker>();
        _store = new DiskBlobStore(
            Path.Combine(options.StateDirectory, "blobs"),
            new DiskBlobStoreOptions { Limit = options.StoreLimit, BeforePublish = SpawnGate.AwaitSpawns }, _time, loggers);
        _roots = new RootsFolder(Path.Combine(options.StateDirectory, "roots"));
        _sandbox = new BubblewrapSandbox(TimeProvider.System, logger: loggers.CreateLogger<BubblewrapSandbox>());
        _compiler = new CompilerExecutor(
            _store, new RootBuilder(_store, new RootPool(_roots.Path, options.Slots + SpareRoots)), _sandbox, options.Niceness, _time, loggers.CreateLogger<CompilerExecutor>());
        _executor = new SlotExecutor(services.Compiler ?? _compiler, options.Slots, _time);
        _host = new PeerHost(options.Network, options.Name, _store, new BlobIntake(_store, _time), _executor, Admit);
    }

    /// <summary>Where agents reach it; null before <see cref="StartAsync"/>.</summary>
    public FarmAddress? Address => _listener?.LocalAddress;

    /// <summary>How many jobs it is doing.</summary>
    public int Running => _executor.Running;

    /// <summary>Starts to answer agents, and offers the slots to the scheduler.</summary>
    public async ValueTask StartAsync(Func<SchedulerRole, SchedulerLink> link, CancellationToken cancellationToken)
    {
        string obstacle = _services.Compiler is null ? await _sandbox.FindObstacleAsync(cancellationToken).ConfigureAwait(false) ?? "" : "";
        if (obstacle.Length > 0)
        {
            LogRefuses(_logger, obstacle);
        }
        else if (_services.Compiler is null && _options.HugePages)
        {
            _compiler.HugePages = await HugePages.PrepareAsync(_roots.Path, _sandbox, _logger, cancellationToken).ConfigureAwait(false);
        }

        _listener = await _transport.ListenAsync(_options.Listen!, cancellationToken).ConfigureAwait(false);
        LogListens(_logger, _options.Name, _listener.LocalAddress, _options.Slots);
        var role = new SchedulerRole(
            "worker",
            scheduler => new SchedulerMessage.WorkerHello(
                SchedulerMessage.ProtocolVersion, _options.Network, _options.Name,
                _options.Advertise ?? AdvertisedAddress.Of(_listener.LocalAddress, scheduler),
                MachineArchitecture.Name, obstacle.Length > 0 ? 0 : _options.Slots, _key, obstacle),
            static _ => { },
            static _ => { },
            static _ => { });
        _running = Task.WhenAll(AnswerAsync(_listener), link(role).RunAsync(_ending.Token));
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
        _executor.Dispose();
        _roots.Dispose();
        _ending.Dispose();
    }

    private string? Admit(ReadOnlyMemory<byte> capability) =>
        LeaseCapability.TryVerify(_key, capability.Span, _time.GetUtcNow(), out _)
            ? null
            : $"The lease is not one of '{_options.Name}' as it runs now, or its time is over.";

    private async Task AnswerAsync(ITransportListener listener)
    {
        var sessions = new List<Task>();
        try
        {
            while (await listener.AcceptAsync(_ending.Token).ConfigureAwait(false) is { } accepted)
            {
                sessions.RemoveAll(static session => session.IsCompletedSuccessfully);
                sessions.Add(new PeerSession(new MultiplexedConnection(accepted, time: _time), _host).RunAsync(_ending.Token));
            }
        }
        catch (OperationCanceledException)
        {
            // The worker is closing.
        }

        await Task.WhenAll(sessions).ConfigureAwait(false);
    }

    [LoggerMessage(EventIds.WorkerListens, LogLevel.Information, "Worker '{Name}' answers at {Address} with {Slots} slots.")]
    private static partial void LogListens(ILogger logger, string name, FarmAddress address, int slots);

    [LoggerMessage(EventIds.WorkerRefuses, LogLevel.Warning, "The worker takes no jobs: {Obstacle}")]
    private static partial void LogRefuses(ILogger logger, string obstacle);
}
