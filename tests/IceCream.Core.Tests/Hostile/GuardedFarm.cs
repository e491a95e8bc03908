using IceCream.Clients;
using IceCream.Execution;
using IceCream.Identity;
using IceCream.Jobs;
using IceCream.Nodes;
using IceCream.Transport;
using IceCream.Transport.Tls;
using IceCream.Wire;
using Xunit;

namespace IceCream.Tests.Hostile;

/// <summary>
/// A scheduler and a worker that answer at TCP ports, and those who come to them: with certificates, or, to show what those are good for, in the clear.
/// </summary>
internal sealed class GuardedFarm : IAsyncDisposable
{
    public const string Network = "ICECREAM";

    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly List<IDisposable> _opened = [];
    private readonly List<IAsyncDisposable> _connections = [];
    private readonly CancellationTokenSource _deadline = new(Patience);
    private readonly bool _isSecure;

    private GuardedFarm(bool isSecure)
    {
        _isSecure = isSecure;
        Authority = FarmAuthority.Open(Path.Combine(Folder, "authority"), Network);
        _opened.Add(Authority);
        Scheduler = new SchedulerNode(
            new SchedulerNodeOptions { Listen = FarmAddress.Tcp("127.0.0.1", 0), Discoverable = false, Authority = isSecure ? Authority : null, Insecure = !isSecure }, new NodeServices { Loggers = Log });
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("icecream-hostile-").FullName;

    public LogBook Log { get; } = new();

    public FarmAuthority Authority { get; }

    public SchedulerNode Scheduler { get; }

    public DaemonNode Worker { get; private set; } = null!;

    public CancellationToken Deadline => _deadline.Token;

    public static NodeIdentity Agent(string user, string name = "desk") => new(Network, NodeRoles.Agent, name, user);

    public static NodeIdentity WorkerOf(string name) => new(Network, NodeRoles.Worker, name, "icecream");

    public static async Task<GuardedFarm> StartAsync(bool isSecure = true, IJobExecutor? compiler = null)
    {
        var farm = new GuardedFarm(isSecure);
        await farm.Scheduler.StartAsync();
        farm.Worker = new DaemonNode(
            new DaemonNodeOptions
            {
                Name = "blade", User = "icecream", Listen = FarmAddress.Tcp("127.0.0.1", 0), Slots = 4, Scheduler = farm.Scheduler.Address, StateDirectory = Path.Combine(farm.Folder, "blade"),
                Credentials = isSecure ? farm.Join(WorkerOf("blade")) : null, Insecure = !isSecure,
            },
            new NodeServices { Compiler = compiler ?? new NoCompiler(), Loggers = farm.Log });
        await farm.Worker.StartAsync();
        await farm.Log.FirstAsync(static entry => entry.Text.Contains("Worker 'blade'", StringComparison.Ordinal) && entry.Text.Contains("has joined", StringComparison.Ordinal), Patience);
        return farm;
    }

    /// <summary>Takes a machine in.</summary>
    public NodeCredentials Join(NodeIdentity identity)
    {
        Assert.True(JoinToken.TryParse(Authority.CreateToken(identity.Roles, TimeSpan.FromHours(1)), out JoinToken? token));
        var key = NodeCredentials.CreateKey();
        var credentials = NodeCredentials.Keep(
            Path.Combine(Folder, Guid.NewGuid().ToString("N")), key, Authority.Enroll(token.Secret, identity, CertificateIssuer.CreateRequest(key)), Authority.Trust.Authority);
        _opened.Add(credentials);
        return credentials;
    }

    /// <summary>Connects to a node as somebody.</summary>
    public async Task<MultiplexedConnection> CallAsync(FarmAddress node, NodeCredentials? credentials)
    {
        ITransport transport = _isSecure && credentials is not null ? new TlsTransport(new TcpTransport(), credentials, TimeProvider.System) : new TcpTransport();
        var connection = new MultiplexedConnection(await transport.ConnectAsync(node, Deadline));
        _connections.Add(connection);
        return connection;
    }

    /// <summary>Greets the scheduler as somebody.</summary>
    public async Task<SchedulerClient> GreetAsync(NodeCredentials? credentials, SchedulerMessage hello)
    {
        SchedulerClient client = await SchedulerClient.GreetAsync(await CallAsync(Scheduler.Address!, credentials), hello, Deadline);
        _connections.Add(client);
        return client;
    }

    /// <summary>A lease of an agent, as the scheduler grants it.</summary>
    public async Task<SlotLease> LeaseAsync(NodeCredentials credentials, string? name = null, string? user = null)
    {
        SchedulerClient client = await GreetAsync(credentials, AgentHello(name ?? credentials.Identity.AgentName, user ?? credentials.Identity.User));
        client.Say(new SchedulerMessage.Demand(1));
        while (await client.ReceiveAsync(Deadline) is { } message)
        {
            if (message is SchedulerMessage.Grant grant)
            {
                return grant.Lease;
            }
        }

        throw new InvalidOperationException("The scheduler grants nothing.");
    }

    /// <summary>Greets the worker as somebody, with a lease.</summary>
    /// <returns>What it answers; null when it hangs up.</returns>
    public async Task<PeerMessage?> OfferAsync(NodeCredentials? credentials, string name, ReadOnlyMemory<byte> capability)
    {
        MultiplexedConnection connection = await CallAsync(Worker.WorkerAddress!, credentials);
        await connection.Control.SendAsync(new PeerHello(PeerMessage.Version, Network, name, capability), static (hello, output) => hello.Encode(output), Deadline);
        return await connection.Control.ReceiveAsync(Deadline) is { } answer ? PeerMessage.Decode(answer) : null;
    }

    public static SchedulerMessage AgentHello(string name, string user) =>
        new SchedulerMessage.AgentHello(SchedulerMessage.ProtocolVersion, Network, name, user, MachineArchitecture.Name, []);

    public static SchedulerMessage WorkerHello(string name) =>
        new SchedulerMessage.WorkerHello(SchedulerMessage.ProtocolVersion, Network, name, FarmAddress.Tcp("127.0.0.1", 9), MachineArchitecture.Name, 4, new byte[32], "", 0);

    public static SchedulerMessage MonitorHello() => new SchedulerMessage.MonitorHello(SchedulerMessage.ProtocolVersion, Network);

    public async ValueTask DisposeAsync()
    {
        foreach (IAsyncDisposable connection in _connections)
        {
            await connection.DisposeAsync();
        }

        await Worker.DisposeAsync();
        await Scheduler.DisposeAsync();
        _opened.ForEach(static opened => opened.Dispose());
        _deadline.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private sealed class NoCompiler : IJobExecutor
    {
        public ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default) =>
            ValueTask.FromResult(new CompileResult { Place = JobPlace.Remote });
    }
}
