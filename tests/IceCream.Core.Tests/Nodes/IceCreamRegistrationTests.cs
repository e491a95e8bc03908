using System.Collections.Immutable;
using System.Text;
using IceCream.Execution;
using IceCream.Jobs;
using IceCream.Nodes;
using IceCream.Scheduling;
using IceCream.Scheduling.Placement;
using IceCream.Toolchains;
using IceCream.Transport;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace IceCream.Tests.Nodes;

/// <summary>What an embedder registers is what the nodes use.</summary>
public sealed class IceCreamRegistrationTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string _folder = Directory.CreateTempSubdirectory("icecream-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_farm_takes_scheduler_executor_toolchains_and_transport_from_the_provider()
    {
        File.WriteAllText(Path.Combine(_folder, "a.c"), "int x;\n");
        var scheduler = new CountingScheduler();
        var transport = new CountingTransport();
        var toolchains = new CountingToolchains();
        var executor = new FixedAnswer();
        await using ServiceProvider provider = new ServiceCollection()
            .AddSingleton<IScheduler>(scheduler).AddSingleton<ITransport>(transport)
            .AddSingleton<IToolchainCache>(toolchains).AddKeyedSingleton<IJobExecutor>(IceCreamRegistration.WorkerExecutor, executor)
            .AddIceCreamFarm(new EmbeddedFarmOptions { StateDirectory = Path.Combine(_folder, "state") })
            .BuildServiceProvider();
        var farm = provider.GetRequiredService<EmbeddedFarm>();
        await farm.StartAsync().AsTask().WaitAsync(Patience);

        string path = Environment.GetEnvironmentVariable("PATH")!;
        CompileResult result = await farm.ExecuteAsync(new CompileJob
        {
            CommandLine = ["gcc", "-c", "a.c"],
            Compiler = CompilerLocator.Find("gcc", path, _folder, new HashSet<string>())!,
            WorkingDirectory = _folder,
            Environment = ["PATH=" + path],
        }).AsTask().WaitAsync(Patience);

        Assert.NotEqual(0, scheduler.Grants);
        Assert.NotEqual(0, transport.Connections);
        Assert.Equal((1, 1), (toolchains.Asked, executor.Jobs));
        Assert.Equal((JobPlace.Remote, 0, null), (result.Place, result.ExitCode, result.LocalOnly));
        Assert.Equal("words of the embedder\n", Encoding.UTF8.GetString(result.StandardError.Span));
        Assert.Equal("object of the embedder\n", File.ReadAllText(Path.Combine(_folder, "a.o")));
    }

    [Fact]
    public async Task A_scheduler_and_a_daemon_share_the_registered_transport()
    {
        var scheduler = new CountingScheduler();
        var transport = new CountingTransport();
        FarmAddress address = FarmAddress.Memory("scheduler");
        await using ServiceProvider provider = new ServiceCollection()
            .AddSingleton<IScheduler>(scheduler).AddSingleton<ITransport>(transport).AddKeyedSingleton<IJobExecutor>(IceCreamRegistration.WorkerExecutor, new FixedAnswer())
            .AddIceCreamScheduler(new SchedulerNodeOptions { Listen = address })
            .AddIceCreamDaemon(new DaemonNodeOptions
            {
                Scheduler = address, StateDirectory = Path.Combine(_folder, "state"), Name = "worker", Listen = FarmAddress.Memory("worker"),
            })
            .BuildServiceProvider();
        await provider.GetRequiredService<SchedulerNode>().StartAsync();
        await provider.GetRequiredService<DaemonNode>().StartAsync();

        await scheduler.Joined.Task.WaitAsync(Patience);
        Assert.Equal(1, transport.Connections);
    }

    [Fact]
    public async Task A_farm_that_is_the_embedders_executor_is_not_asked_to_do_its_own_jobs()
    {
        await using ServiceProvider provider = new ServiceCollection()
            .AddSingleton<IJobExecutor>(static services => services.GetRequiredService<EmbeddedFarm>())
            .AddIceCreamFarm(new EmbeddedFarmOptions { StateDirectory = Path.Combine(_folder, "state") })
            .BuildServiceProvider();
        Assert.Same(provider.GetRequiredService<EmbeddedFarm>(), provider.GetRequiredService<IJobExecutor>());
    }

    private sealed class CountingScheduler : IScheduler
    {
        private readonly SchedulerState _state = new(new SchedulerOptions(), new LeastLoadedPolicy());

        public int Grants { get; private set; }

        public TaskCompletionSource Joined { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public IReadOnlyList<SchedulerDecision> AddWorker(DateTimeOffset at, NodeInfo worker, FarmAddress address, ReadOnlyMemory<byte> key)
        {
            Joined.TrySetResult();
            return Counted(_state.AddWorker(at, worker, address, key));
        }

        public IReadOnlyList<SchedulerDecision> RemoveWorker(DateTimeOffset at, string worker) => Counted(_state.RemoveWorker(at, worker));

        public IReadOnlyList<SchedulerDecision> AddAgent(DateTimeOffset at, string agent, string user, string platform, PriorityClass priority, ImmutableArray<SlotLease> held) =>
            Counted(_state.AddAgent(at, agent, user, platform, priority, held));

        public IReadOnlyList<SchedulerDecision> RemoveAgent(DateTimeOffset at, string agent) => Counted(_state.RemoveAgent(at, agent));

        public IReadOnlyList<SchedulerDecision> SetDemand(DateTimeOffset at, string agent, int wanted) => Counted(_state.SetDemand(at, agent, wanted));

        public IReadOnlyList<SchedulerDecision> ReturnLease(DateTimeOffset at, string agent, long lease) => Counted(_state.ReturnLease(at, agent, lease));

        public IReadOnlyList<SchedulerDecision> PassTime(DateTimeOffset at) => Counted(_state.PassTime(at));

        public ImmutableArray<NodeInfo> Describe() => _state.Describe();

        private IReadOnlyList<SchedulerDecision> Counted(IReadOnlyList<SchedulerDecision> decisions)
        {
            Grants += decisions.OfType<LeaseGranted>().Count();
            return decisions;
        }
    }

    private sealed class CountingTransport : ITransport
    {
        private readonly InMemoryTransport _memory = new();
        private int _connections;

        public int Connections => Volatile.Read(ref _connections);

        public bool Serves(FarmAddress address) => _memory.Serves(address);

        public ValueTask<ITransportConnection> ConnectAsync(FarmAddress address, CancellationToken cancellationToken = default)
        {
            Interlocked.Increment(ref _connections);
            return _memory.ConnectAsync(address, cancellationToken);
        }

        public ValueTask<ITransportListener> ListenAsync(FarmAddress address, CancellationToken cancellationToken = default) =>
            _memory.ListenAsync(address, cancellationToken);
    }

    private sealed class CountingToolchains : IToolchainCache
    {
        public int Asked { get; private set; }

        public ValueTask<Toolchain> GetAsync(CompileJob job, CancellationToken cancellationToken = default)
        {
            Asked++;
            return ValueTask.FromResult(Toolchain.Of(FileTree.Empty, "none"));
        }
    }

    private sealed class FixedAnswer : IJobExecutor
    {
        private int _jobs;

        public int Jobs => Volatile.Read(ref _jobs);

        public ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default)
        {
            Interlocked.Increment(ref _jobs);
            return ValueTask.FromResult(new CompileResult
            {
                Place = JobPlace.Remote,
                StandardError = "words of the embedder\n"u8.ToArray(),
                Outputs = [new OutputFile(Assert.Single(job.Outputs).Path, 0b110_100_100, OutputContent.Of("object of the embedder\n"u8.ToArray()))],
            });
        }
    }
}
