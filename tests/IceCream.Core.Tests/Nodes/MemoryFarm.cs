using System.Collections.Immutable;
using IceCream.Clients;
using IceCream.Execution;
using IceCream.Jobs;
using IceCream.Nodes;
using IceCream.Toolchains;
using IceCream.Transport;
using IceCream.Wire;
using Xunit;

namespace IceCream.Tests.Nodes;

/// <summary>A farm whose nodes can be started and ended one by one. The compiler is a stand-in; everything around it is real.</summary>
public abstract class MemoryFarm : IAsyncLifetime
{
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly InMemoryTransport _transport = new();
    private readonly List<IAsyncDisposable> _nodes = [];

    protected MemoryFarm() => File.WriteAllText(Path.Combine(Folder, "a.c"), "int x;\n");

    protected string Folder { get; } = Directory.CreateTempSubdirectory("icecream-test-").FullName;

    protected string Socket => Path.Combine(Folder, "agent.socket");

    protected ITransport Transport => _transport;

    protected SchedulerNode? Scheduler { get; private set; }

    protected virtual SchedulerNodeOptions SchedulerOptions => new() { Listen = FarmAddress.Memory("scheduler") };

    public async Task InitializeAsync() => await StartSchedulerAsync();

    public async Task DisposeAsync()
    {
        foreach (IAsyncDisposable node in _nodes.AsEnumerable().Reverse())
        {
            await node.DisposeAsync().AsTask().WaitAsync(Patience);
        }

        Directory.Delete(Folder, recursive: true);
    }

    protected async Task StartSchedulerAsync()
    {
        Scheduler = new SchedulerNode(SchedulerOptions, new NodeServices { Transport = _transport });
        _nodes.Add(Scheduler);
        await Scheduler.StartAsync();
    }

    protected Task<DaemonNode> StartWorkerAsync(string name, IJobExecutor compiler, int slots = 2) => StartAsync(
        Options(name) with { Listen = FarmAddress.Memory(name), Slots = slots }, new NodeServices { Compiler = compiler });

    protected async Task<DaemonNode> StartAgentAsync(int localSlots = 2, int? auditEvery = null)
    {
        DaemonNode agent = await StartAsync(Options("desk") with { Socket = Socket, LocalSlots = localSlots, AuditEvery = auditEvery }, new NodeServices { Toolchains = new Tools() });
        Assert.True(await agent.AwaitFarmAsync(Patience));
        return agent;
    }

    protected DaemonNodeOptions Options(string name) => new()
    {
        Name = name,
        User = "ada",
        Scheduler = FarmAddress.Memory("scheduler"),
        StateDirectory = Path.Combine(Folder, "state", name),
    };

    protected async Task<DaemonNode> StartAsync(DaemonNodeOptions options, NodeServices services)
    {
        var node = new DaemonNode(options, services with { Transport = _transport });
        _nodes.Add(node);
        await node.StartAsync();
        return node;
    }

    protected CompileJob Job(params ImmutableArray<string> command) => new()
    {
        CommandLine = command,
        Compiler = "/usr/bin/" + command[0],
        WorkingDirectory = Folder,
        Environment = ["PATH=/usr/bin:/bin"],
    };

    /// <summary>A launcher's connection that has said what it wants.</summary>
    protected async Task<Launcher> LaunchAsync(params ImmutableArray<string> command)
    {
        ITransportConnection connection = await new UnixTransport().ConnectAsync(FarmAddress.Unix(Socket));
        var channel = new AgentChannel(connection.Stream);
        await channel.SendAsync(
            new LauncherMessage.Request
            {
                CommandLine = command,
                Compiler = "/usr/bin/" + command[0],
                View = IceCream.Platform.FileView.Own(),
                WorkingDirectory = Folder,
                Environment = ["PATH=/usr/bin:/bin"],
                Umask = 0b000_010_010,
            },
            default);
        return new Launcher(connection, channel);
    }

    /// <summary>What a launcher holds.</summary>
    protected sealed class Launcher : IAsyncDisposable
    {
        private readonly ITransportConnection _connection;
        private readonly AgentChannel _channel;

        internal Launcher(ITransportConnection connection, AgentChannel channel) => (_connection, _channel) = (connection, channel);

        public ValueTask DisposeAsync() => _connection.DisposeAsync();

        internal async Task<LauncherMessage?> AnswerAsync() => await _channel.ReceiveAsync(default).AsTask().WaitAsync(Patience);
    }

    /// <summary>A compiler that does what a test says.</summary>
    internal sealed class Compiler(Func<CompileJob, CancellationToken, Task<CompileResult>> compile) : IJobExecutor
    {
        public static Compiler Writing(string text) => new((job, _) => Task.FromResult(Written(job, text)));

        /// <summary>What a compiler leaves that writes this into its first output.</summary>
        public static CompileResult Written(CompileJob job, string text) => new()
        {
            Place = JobPlace.Remote,
            StandardOutput = "said"u8.ToArray(),
            Outputs = [new OutputFile(job.Outputs[0].Path, 0b110_110_110, OutputContent.Of(System.Text.Encoding.UTF8.GetBytes(text)))],
        };

        public async ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default) => await compile(job, cancellationToken);
    }

    /// <summary>A compiler that starts, and does not end by itself.</summary>
    protected sealed class Endless : IJobExecutor
    {
        public TaskCompletionSource Started { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Cancelled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default)
        {
            await using CancellationTokenRegistration registration = cancellationToken.Register(() => Cancelled.TrySetResult());
            Started.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            throw new InvalidOperationException("It never ends.");
        }
    }

    /// <summary>An embedder's own idea of a toolchain.</summary>
    internal sealed class Tools : IToolchainCache
    {
        private static readonly byte[] Encoded = FileTreeCodec.Encode(FileTree.Empty);

        public ValueTask<Toolchain> GetAsync(CompileJob job, CancellationToken cancellationToken = default) => ValueTask.FromResult(
            new Toolchain { Digest = Digest.Of(Encoded), Tree = FileTree.Empty, Encoded = Encoded, Description = "nothing" });
    }
}
