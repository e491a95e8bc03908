using System.Collections.Concurrent;
using IceCream.Clients;
using IceCream.Diagnostics;
using IceCream.Execution;
using IceCream.Execution.Hedging;
using IceCream.Jobs;
using IceCream.Sessions;
using IceCream.Storage;
using IceCream.Toolchains;
using IceCream.Transport;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace IceCream.Tests.Execution.Remote;

/// <summary>What an agent's way to the farm is made of, and workers that speak the peer protocol and do jobs as a test says. The agent's time is the test's.</summary>
internal sealed class StandInFarm : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly InMemoryTransport _transport = new();
    private readonly ConcurrentBag<Task> _answering = [];
    private readonly List<ITransportListener> _mute = [];
    private readonly CancellationTokenSource _ending = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("icecream-test-");
    private readonly PeerPool _peers;
    private readonly JobMetrics _metrics = new();
    private readonly JobCosts _costs;
    private int _leases;

    /// <param name="races">Whether jobs get second attempts.</param>
    public StandInFarm(bool races = false)
    {
        Leases = new LeasePool(Broker, Time, TimeSpan.FromHours(1));
        Leases.SetCapacity(8, long.MaxValue, LocalOnlyReason.NoFarm(""));
        _costs = new JobCosts(null, Time, NullLogger.Instance);
        _peers = new PeerPool(_transport, "farm", "somebody@desk", new Spool(_folder.FullName), Time, NullLogger<MultiplexedConnection>.Instance);
        Executor = new RemoteExecutor(
            Leases, _peers, _costs, new HedgedAttempts(Leases, new HedgeBudget(), _metrics, Time, NullLogger<HedgedAttempts>.Instance) { IsOn = races }, own: null,
            _metrics, Time, NullLogger<RemoteExecutor>.Instance);
    }

    public FakeTimeProvider Time { get; } = new();

    public RecordingBroker Broker { get; } = new();

    public LeasePool Leases { get; }

    public RemoteExecutor Executor { get; }

    public PeerPool Peers => _peers;

    /// <summary>A job as it reaches the executor: described, its inputs known.</summary>
    public static CompileJob Job { get; } = new()
    {
        CommandLine = ["/cc", "-c", "a.c"],
        Compiler = "/cc",
        WorkingDirectory = "/src",
        Described = Toolchain.Of(FileTree.Empty, "none"),
        Inputs = FileTree.Empty,
    };

    public static CompileResult Done => new() { Place = JobPlace.Remote, Usage = new JobUsage(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), 1 << 20) };

    public static CompileResult Fails(FailureRemedy remedy) => CompileResult.Failed(new JobFailure(FailedParty.Worker, JobStep.Compile, remedy, "it broke"));

    /// <summary>A worker that does jobs so; and, unless it is to be granted later, a lease on it.</summary>
    public async Task<SlotLease> AddAsync(string name, Func<CompileJob, CancellationToken, ValueTask<CompileResult>> compile, bool grant = true)
    {
        ITransportListener listener = await _transport.ListenAsync(FarmAddress.Memory(name));
        var host = new PeerHost("farm", name, new MemoryBlobStore(), new StandInCompiler(compile), static _ => null, TimeProvider.System);
        _answering.Add(AnswerAsync(listener, host));
        return grant ? Grant(name) : Lease(name);
    }

    public Task<SlotLease> AddAsync(string name, CompileResult answer) => AddAsync(name, (_, _) => ValueTask.FromResult(answer));

    /// <summary>A worker that takes connections and answers nobody, as one whose packets are all dropped.</summary>
    public async Task AddMuteAsync(string name) => _mute.Add(await _transport.ListenAsync(FarmAddress.Memory(name)));

    public SlotLease Grant(string name, double speed = 1, long memory = 0)
    {
        SlotLease lease = Lease(name) with { Speed = speed, Memory = memory };
        Leases.Granted(lease);
        return lease;
    }

    public Task<CompileResult> RunAsync(CompileJob? job = null, CancellationToken cancellationToken = default) =>
        Executor.ExecuteAsync(job ?? Job, cancellationToken).AsTask().WaitAsync(Patience, CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        Leases.Dispose();
        await _peers.DisposeAsync();
        await _ending.CancelAsync();
        await Task.WhenAll(_answering).WaitAsync(Patience);
        foreach (ITransportListener listener in _mute)
        {
            await listener.DisposeAsync();
        }

        _ending.Dispose();
        _costs.Dispose();
        _metrics.Dispose();
        _folder.Delete(recursive: true);
    }

    private SlotLease Lease(string name) =>
        new(++_leases, name, FarmAddress.Memory(name), DateTimeOffset.MaxValue, "lease"u8.ToArray());

    private async Task AnswerAsync(ITransportListener listener, PeerHost host)
    {
        await using (listener)
        {
            try
            {
                while (await listener.AcceptAsync(_ending.Token) is { } accepted)
                {
                    _answering.Add(new PeerSession(new MultiplexedConnection(accepted), host, NullLogger<PeerSession>.Instance).RunAsync(static () => { }, _ending.Token));
                }
            }
            catch (OperationCanceledException)
            {
                // The test is over.
            }
        }
    }

    private sealed class StandInCompiler(Func<CompileJob, CancellationToken, ValueTask<CompileResult>> compile) : IJobExecutor
    {
        public ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default)
        {
            job.Origin!.Watch();
            return compile(job, cancellationToken);
        }
    }
}

/// <summary>What a pool says to its scheduler.</summary>
internal sealed class RecordingBroker : ILeaseBroker
{
    public ConcurrentQueue<int> Demands { get; } = [];

    public ConcurrentQueue<string> Blamed { get; } = [];

    public ConcurrentQueue<long> Returned { get; } = [];

    public void Demand(int wanted, long leastMemory) => Demands.Enqueue(wanted);

    public void Return(long lease) => Returned.Enqueue(lease);

    public void Blame(string worker) => Blamed.Enqueue(worker);

    public void Outrun(string worker, double speed)
    {
        // Nobody is raced here.
    }
}
