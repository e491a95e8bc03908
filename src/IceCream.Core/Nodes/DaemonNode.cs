using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using IceCream.Execution;
using IceCream.Execution.Worker;
using IceCream.Clients;
using IceCream.Identity;
using IceCream.Jobs;
using IceCream.Monitoring;
using IceCream.Nodes.Discovery;
using IceCream.Platform;
using IceCream.Transport;
using IceCream.Wire;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace IceCream.Nodes;

/// <summary>A machine's node in a farm: the agent of its user, a worker for others, or both. It reconnects to its scheduler after every loss.</summary>
public sealed class DaemonNode : IJobExecutor, IAsyncDisposable
{
    private const string NoAgent = "The daemon is a worker only.";

    private readonly DaemonNodeOptions _options;
    private readonly ITransport _transport;
    private readonly NodeServices _services;
    private readonly TimeProvider _time;
    private readonly ILoggerFactory _loggers;
    private readonly Agent? _agent;
    private readonly Worker? _worker;
    private readonly RetriedLazy<SandboxedCompiler> _compiler;
    private readonly SharedSearch _search;
    private readonly JoinClient _joins;
    private readonly NodeLoops _loops;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _links;
    private int _disposed;

    /// <summary>Creates a daemon that is not started yet.</summary>
    /// <param name="options">The options.</param>
    /// <param name="services">Custom parts of the embedder; null: all parts are built in.</param>
    /// <exception cref="ArgumentException">An option is out of its range: the message says which.</exception>
    /// <exception cref="IOException">The state directory cannot be written.</exception>
    public DaemonNode(DaemonNodeOptions options, NodeServices? services = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        services ??= new NodeServices();
        _services = services;
        _options = options;
        _time = services.Time ?? TimeProvider.System;
        ITransport transport = services.TransportOrUsual;
        _transport = FarmTransport.Over(transport, options.Credentials, options.Insecure, _time);
        _joins = new JoinClient(transport, _time);
        _loggers = services.Loggers ?? NullLoggerFactory.Instance;
        _loops = new NodeLoops(_loggers.CreateLogger<DaemonNode>());
        MakePrivate(options.StateDirectory);
        _search = new SharedSearch(() => options.Insecure || options.Credentials is not null
            ? SchedulerDiscovery.FindAsync(options.Network, options.Listen, CancellationToken.None)
            : SchedulerDiscovery.FindHereAsync(options.Network, CancellationToken.None));
        _compiler = new RetriedLazy<SandboxedCompiler>(MakeCompiler, _time);
        _agent = IsWorkerOnly ? null : new Agent(options, _transport, services, _compiler, _loggers);
        _worker = options.Listen is null ? null : new Worker(options, _transport, services, _compiler.Value, _loggers);
    }

    /// <summary>
    /// Completes when the daemon has been idle for as long as its options allow, has yielded, or is disposed; fails with the reason when it no longer
    /// serves.
    /// </summary>
    public Task Completion =>
        Task.WhenAny(new[] { _ended.Task, _loops.Completion, _agent?.Idle, _agent?.Completion, _worker?.Completion }.OfType<Task>()).Unwrap();

    /// <summary>The address at which its worker listens; null when it has none, or has not started.</summary>
    public FarmAddress? WorkerAddress => _worker?.Address;

    /// <summary>Why no job can leave at the moment; null when it can.</summary>
    public LocalOnlyReason? ReasonToStay => _agent is null ? LocalOnlyReason.NoFarm(NoAgent) : _agent.ReasonToStay;

    private bool IsWorkerOnly => _options.IsWorkerOnly;

    /// <summary>
    /// Joins a farm, once per machine. The credentials are stored in the state directory, from which <see cref="NodeCredentials.Load"/> reads them
    /// later. A machine that has joined the farm before keeps its key.
    /// </summary>
    /// <param name="options">The machine's identity and roles, agent or worker or both, and its scheduler's address.</param>
    /// <param name="token">A token made by <see cref="FarmAuthority.CreateToken"/>. It is sent only to a scheduler of the farm that it is for.</param>
    /// <param name="services">Custom parts of the embedder: only its transport and its clock are used.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ArgumentException">The text is not a token, or an option is out of its range.</exception>
    /// <exception cref="IOException">
    /// No scheduler of the farm can be reached, it rejects the machine, or the credentials cannot be stored: the message says which.
    /// </exception>
    public static async ValueTask<NodeCredentials> JoinAsync(
        DaemonNodeOptions options, string token, NodeServices? services = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(token);
        options.Validate();
        JoinToken read = JoinToken.TryParse(token, out JoinToken? parsed) ? parsed : throw new ArgumentException("The text is no token.", nameof(token));
        FarmAddress scheduler = options.Scheduler ?? await SchedulerDiscovery.FindAsync(options.Network, options.Listen, cancellationToken).ConfigureAwait(false)
            ?? throw new IOException($"No scheduler of the network '{options.Network}' answers.");
        services ??= new NodeServices();
        MakePrivate(options.StateDirectory);
        string folder = NodeCredentials.FolderIn(options.StateDirectory);
        using NodeCredentials? former = NodeCredentials.Load(folder);
        return await new JoinClient(services.TransportOrUsual, services.Time ?? TimeProvider.System)
            .JoinAsync(scheduler, read, new NodeIdentity(options.Network, options.Roles, options.Name, options.User), folder, former, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Creates a folder that only its owner can enter. An existing folder is left unchanged: it may serve other purposes too.</summary>
    private static void MakePrivate(string folder)
    {
        if (!Directory.Exists(folder))
        {
            Directory.CreateDirectory(folder);
            Linux.SetPermissions(folder, 0b111_000_000);
        }
    }

    /// <summary>The statistics of its agent.</summary>
    public JobStatistics Describe() => _agent?.Describe() ?? new JobStatistics();

    /// <summary>
    /// The events of its agent's jobs from now on, preceded by the jobs in progress. Ends when cancelled. A reader that is too slow loses events, and
    /// a <see cref="JobEventsLost"/> says how many.
    /// </summary>
    /// <exception cref="InvalidOperationException">The daemon has no agent.</exception>
    public async IAsyncEnumerable<JobEvent> WatchJobsAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using JobEventSubscription subscription = (_agent ?? throw new InvalidOperationException(NoAgent)).Events.Subscribe();
        await foreach (JobEvent happened in subscription.ReadAllAsync(cancellationToken).ConfigureAwait(false))
        {
            yield return happened;
        }
    }

    /// <summary>Starts to serve and to look for the scheduler, without waiting for it.</summary>
    /// <exception cref="InvalidOperationException">Other machines could reach it without encryption, and its options do not allow that.</exception>
    /// <exception cref="AgentAlreadyRunsException">Another agent serves the socket, and does not yield.</exception>
    /// <exception cref="IOException">It cannot listen at its address.</exception>
    public async ValueTask StartAsync(CancellationToken cancellationToken = default)
    {
        if (_options.Listen is { } listen && FarmTransport.ReasonToRefuse("A worker", listen, _transport, _options.Insecure) is { } reason)
        {
            throw new InvalidOperationException(reason);
        }

        if (_options.Credentials is { } credentials)
        {
            var renewal = new CertificateRenewal(credentials, FindAsync, _joins, _time, Chance(), _loggers.CreateLogger<CertificateRenewal>());
            _loops.Start("the renewal of its certificate", renewal.RunAsync);
        }

        if (_agent is not null)
        {
            await _agent.StartAsync(Link, cancellationToken).ConfigureAwait(false);
        }

        if (_worker is not null)
        {
            await _worker.StartAsync(Link, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Waits until jobs can leave, but not longer than <paramref name="patience"/>.</summary>
    /// <returns>Whether they can.</returns>
    public async ValueTask<bool> AwaitFarmAsync(TimeSpan patience, CancellationToken cancellationToken = default)
    {
        if (_agent is not null)
        {
            await _agent.AwaitFarmAsync(patience, cancellationToken).ConfigureAwait(false);
        }

        return ReasonToStay is null;
    }

    /// <summary>Waits until no launcher is being served: after that <see cref="Describe"/> is final.</summary>
    public Task AwaitQuietAsync(CancellationToken cancellationToken = default) =>
        _agent?.Unused.WaitAsync(cancellationToken) ?? Task.CompletedTask;

    /// <summary>Compiles. The outputs are in place when it returns.</summary>
    /// <param name="request">The command.</param>
    /// <param name="cancellationToken">Cancelled when nobody waits for the result any more.</param>
    /// <returns>As <see cref="IJobExecutor.ExecuteAsync"/>.</returns>
    /// <exception cref="ArgumentException">The command is empty, or the folder is no absolute path.</exception>
    /// <exception cref="FileNotFoundException">As <see cref="CompileRequest.ToJob"/>.</exception>
    /// <exception cref="InvalidOperationException">The daemon has a worker and no socket for launchers, so it submits no jobs.</exception>
    public ValueTask<CompileResult> CompileAsync(CompileRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return ExecuteAsync(request.ToJob(), cancellationToken);
    }

    /// <summary>Executes a job of this process as if it came from a launcher. The outputs are in place when it returns.</summary>
    /// <param name="job">The command: its arguments, compiler, working directory and environment. The arguments are parsed here.</param>
    /// <param name="cancellationToken">Cancelled when nobody waits for the result any more.</param>
    /// <exception cref="ArgumentException">The command is empty.</exception>
    /// <exception cref="InvalidOperationException">The daemon has a worker and no socket for launchers, so it submits no jobs.</exception>
    public ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(job);
        return job.CommandLine.IsDefaultOrEmpty
            ? throw new ArgumentException("A command has at least the name of a compiler.", nameof(job))
            : (_agent ?? throw new InvalidOperationException(NoAgent)).Pipeline.ExecuteAsync(job with { User = _options.User }, cancellationToken);
    }

    /// <summary>
    /// Stops accepting launchers: the next one starts another agent. Completes when another process may listen at the socket;
    /// <see cref="Completion"/> when the jobs in progress have ended.
    /// </summary>
    internal Task YieldAsync() => _options is { Yields: true, Socket: not null } ? _agent!.YieldAsync(startsNext: true) : Task.CompletedTask;

    /// <summary>Cancels the jobs in progress and closes every connection.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _loops.DisposeAsync().ConfigureAwait(false);
        if (_agent is not null)
        {
            await _agent.DisposeAsync().ConfigureAwait(false);
        }

        if (_worker is not null)
        {
            await _worker.DisposeAsync().ConfigureAwait(false);
        }

        if (_compiler.IsValueCreated)
        {
            await _compiler.Value.DisposeAsync().ConfigureAwait(false);
        }

        _services.SharedResults?.Dispose();
        _ended.TrySetResult();
    }

    /// <summary>The scheduler's address, for callers that need not use the same scheduler as the agent.</summary>
    private ValueTask<FarmAddress?> FindAsync(CancellationToken cancellationToken) =>
        _options.Scheduler is { } named ? ValueTask.FromResult<FarmAddress?>(named) : _search.FindAsync(cancellationToken);

    private Random Chance() => new((_services.Seed ?? RandomNumberGenerator.GetInt32(int.MaxValue)) + ++_links);

    /// <summary>
    /// Creates the sandboxed compiler for the jobs of others, and for jobs of this machine that no farm could take; for the latter alone it needs
    /// less space.
    /// </summary>
    private SandboxedCompiler MakeCompiler()
    {
        const long Room = 2L << 30;

        // Other users must not see the files of jobs, wherever the state directory is.
        MakePrivate(Path.Combine(_options.StateDirectory, "blobs"));
        MakePrivate(Path.Combine(_options.StateDirectory, "roots"));
        return new SandboxedCompiler(
            _options.StateDirectory, _options.Listen is null ? Math.Min(_options.StoreLimit, Room) : _options.StoreLimit,
            _options.Listen is null ? _options.LocalSlots : _options.Slots, _options.Niceness, _options.HugePages, _services.AroundStore, _time, _loggers);
    }

    private SchedulerLink Link(SchedulerRole role)
    {
        NamedSchedulers? named = _options.Scheduler is { } first ? new NamedSchedulers([first, .. _options.Standbys], _transport, _options.Network, _options.AskEarlierEvery, _time) : null;
        return new(
            cancellationToken => named is null ? _search.FindAsync(cancellationToken) : new(named.Current),
            _transport, _options.Insecure,
            role with
            {
                Received = message =>
                {
                    if (message is SchedulerMessage.RevokedKeys revoked)
                    {
                        _options.Credentials?.Trust.Revoke(revoked.Keys);
                    }
                    else
                    {
                        role.Received(message);
                    }
                },
                Joined = client =>
                {
                    named?.Join();
                    role.Joined(client);
                },
                Lost = reason =>
                {
                    named?.Lose();
                    role.Lost(reason);
                },
            },
            _time, Chance(), _loggers.CreateLogger<SchedulerLink>(),
            _loggers.CreateLogger<MultiplexedConnection>(), named is null || _options.Standbys.IsEmpty ? null : named.AwaitEarlierAsync);
    }
}
