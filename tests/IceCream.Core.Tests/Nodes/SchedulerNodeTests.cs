using System.Net;
using System.Net.Sockets;
using IceCream.Clients;
using IceCream.Diagnostics;
using IceCream.Jobs;
using IceCream.Nodes;
using IceCream.Scheduling;
using IceCream.Transport;
using IceCream.Wire;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace IceCream.Tests.Nodes;

/// <summary>The scheduler protocol from end to end, in memory: a scheduler node, and the clients of workers, agents and monitors.</summary>
public sealed class SchedulerNodeTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly byte[] Key = [.. Enumerable.Range(0, 32).Select(n => (byte)n)];

    private readonly InMemoryTransport _transport = new();
    private readonly LogBook _log = new();
    private readonly SchedulerNode _node;

    public SchedulerNodeTests() =>
        _node = new SchedulerNode(new SchedulerNodeOptions { Listen = FarmAddress.Memory("scheduler"), Network = "farm" }, new NodeServices { Transport = _transport, Loggers = _log });

    public async Task InitializeAsync() => await _node.StartAsync();

    public async Task DisposeAsync() => await _node.DisposeAsync();

    [Fact]
    public async Task An_agent_that_asks_gets_the_slots_of_a_worker()
    {
        await using SchedulerClient worker = await JoinWorkerAsync(slots: 2);
        await using SchedulerClient agent = await JoinAgentAsync();
        Assert.Equal(2, (await ExpectAsync<SchedulerMessage.Capacity>(agent)).Slots);

        agent.Say(new SchedulerMessage.Demand(5));
        SlotLease first = (await ExpectAsync<SchedulerMessage.Grant>(agent)).Lease;
        SlotLease second = (await ExpectAsync<SchedulerMessage.Grant>(agent)).Lease;

        Assert.Equal("blade", first.Worker);
        Assert.NotEqual(first.Id, second.Id);
        Assert.True(LeaseCapability.TryVerify(Key, first.Capability.Span, TimeProvider.System.GetUtcNow(), out LeaseClaim? claim));
        Assert.Equal("desk", claim.Agent);
    }

    [Fact]
    public async Task A_worker_that_leaves_takes_its_leases_with_it()
    {
        SchedulerClient worker = await JoinWorkerAsync(slots: 1);
        await using SchedulerClient agent = await JoinAgentAsync();
        agent.Say(new SchedulerMessage.Demand(1));
        SlotLease lease = (await ExpectAsync<SchedulerMessage.Grant>(agent)).Lease;
        await worker.DisposeAsync();

        Assert.Equal(lease.Id, (await ExpectAsync<SchedulerMessage.Revoke>(agent)).Id);
    }

    [Fact]
    public async Task A_worker_whose_old_connection_ends_late_stays_joined()
    {
        SchedulerClient old = await JoinWorkerAsync(slots: 1);
        await using SchedulerClient renewed = await JoinWorkerAsync(slots: 3);
        await old.DisposeAsync();
        await using SchedulerClient agent = await JoinAgentAsync();

        Assert.Equal(3, (await ExpectAsync<SchedulerMessage.Capacity>(agent)).Slots);
    }

    [Fact]
    public async Task A_monitor_sees_the_nodes_and_that_nothing_is_encrypted()
    {
        await using SchedulerClient worker = await JoinWorkerAsync(slots: 4);
        FarmStatus status = await FarmMonitor.GetStatusAsync(_transport, FarmAddress.Memory("scheduler"), "farm").AsTask().WaitAsync(Patience);

        NodeInfo node = Assert.Single(status.Nodes);
        Assert.Equal("farm", status.Network);
        Assert.Equal(("blade", 4, 0), (node.Name, node.Slots, node.Running));
    }

    [Fact]
    public async Task A_monitor_may_look_at_whatever_network_there_is() =>
        Assert.Equal("farm", (await FarmMonitor.GetStatusAsync(_transport, FarmAddress.Memory("scheduler"), "").AsTask().WaitAsync(Patience)).Network);

    [Fact]
    public async Task A_node_of_another_network_is_told_which_one_this_is()
    {
        TransportException refusal = await Assert.ThrowsAsync<TransportException>(
            () => FarmMonitor.GetStatusAsync(_transport, FarmAddress.Memory("scheduler"), "other").AsTask().WaitAsync(Patience));
        Assert.Contains("'farm', not 'other'", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_of_another_version_is_told_both_numbers()
    {
        var hello = new SchedulerMessage.MonitorHello(SchedulerMessage.ProtocolVersion + 1, "farm");
        TransportException refusal = await Assert.ThrowsAsync<TransportException>(() => JoinAsync(hello));
        Assert.Contains($"version {SchedulerMessage.ProtocolVersion} of the protocol, not {SchedulerMessage.ProtocolVersion + 1}", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_scheduler_takes_the_port_when_whoever_held_it_leaves()
    {
        var taken = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var time = new FakeTimeProvider();
        var options = new SchedulerNodeOptions { Listen = FarmAddress.Tcp("127.0.0.1", 0), DiscoveryPort = ((IPEndPoint)taken.LocalEndPoint!).Port };
        await using var node = new SchedulerNode(options, new NodeServices { Time = time });
        await node.StartAsync();
        Assert.NotNull(node.DiscoveryObstacle);

        taken.Dispose();
        using var patience = new CancellationTokenSource(Patience);
        while (node.DiscoveryPort is null)
        {
            patience.Token.ThrowIfCancellationRequested();
            time.Advance(TimeSpan.FromMilliseconds(500));
            await Task.Yield();
        }

        Assert.Equal(options.DiscoveryPort, node.DiscoveryPort);
        Assert.Null(node.DiscoveryObstacle);
    }

    [Fact]
    public async Task A_scheduler_does_not_answer_other_machines_in_the_clear_by_itself()
    {
        await using var node = new SchedulerNode(new SchedulerNodeOptions { Listen = FarmAddress.Tcp("0.0.0.0", 0) });
        InvalidOperationException refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => node.StartAsync().AsTask());
        Assert.Contains("--insecure", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_joins_and_who_leaves_is_logged_with_the_reason()
    {
        SchedulerClient worker = await JoinWorkerAsync(slots: 2);
        LogEntry joined = await _log.FirstAsync(entry => entry.Event == EventIds.NodeJoined, Patience);
        Assert.Equal("Worker 'blade' (memory:scheduler) has joined with 2 slots at memory:blade", joined.Text);
        await worker.DisposeAsync();
        LogEntry left = await _log.FirstAsync(entry => entry.Event == EventIds.NodeLeft, Patience);
        Assert.StartsWith("The worker 'blade' (memory:scheduler) has left: ", left.Text, StringComparison.Ordinal);

        await using SchedulerClient agent = await JoinAgentAsync();
        agent.Say(new SchedulerMessage.WorkerLoad(NodeLoad.Unknown));
        LogEntry broken = await _log.FirstAsync(entry => entry.Event == EventIds.NodeLeft && entry.Text.Contains("'desk'", StringComparison.Ordinal), Patience);
        Assert.EndsWith("An agent does not say WorkerLoad.", broken.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_of_a_name_that_is_taken_is_logged_with_both_connections()
    {
        await using SchedulerClient old = await JoinWorkerAsync(slots: 1);
        await using SchedulerClient renewed = await JoinWorkerAsync(slots: 3);
        await _log.FirstAsync(entry => entry.Event == EventIds.NodeReplaced && entry.Text.Contains("'blade'", StringComparison.Ordinal), Patience);
        await old.DisposeAsync();
        Assert.DoesNotContain(_log.Entries, entry => entry.Event == EventIds.NodeLeft);
    }

    [Fact]
    public async Task A_monitor_that_asks_and_asks_gets_every_answer()
    {
        const int Questions = 2000;
        await using SchedulerClient monitor = await JoinAsync(new SchedulerMessage.MonitorHello(SchedulerMessage.ProtocolVersion, "farm"));
        for (int i = 0; i < Questions; i++)
        {
            monitor.Say(new SchedulerMessage.StatusRequest());
        }

        for (int i = 0; i < Questions; i++)
        {
            await ExpectAsync<SchedulerMessage.StatusReply>(monitor);
        }
    }

    private Task<SchedulerClient> JoinWorkerAsync(int slots) => JoinAsync(
        new SchedulerMessage.WorkerHello(SchedulerMessage.ProtocolVersion, "farm", "blade", FarmAddress.Memory("blade"), "x86_64", slots, Key, "", 0));

    private Task<SchedulerClient> JoinAgentAsync() =>
        JoinAsync(new SchedulerMessage.AgentHello(SchedulerMessage.ProtocolVersion, "farm", "desk", "ada", "x86_64", []));

    private async Task<SchedulerClient> JoinAsync(SchedulerMessage hello) => await SchedulerClient.GreetAsync(
        new MultiplexedConnection(await _transport.ConnectAsync(FarmAddress.Memory("scheduler"))), hello, default).AsTask().WaitAsync(Patience);

    /// <summary>The next message of a kind; those of other kinds before it are passed over.</summary>
    private static async Task<T> ExpectAsync<T>(SchedulerClient client)
        where T : SchedulerMessage
    {
        while (true)
        {
            SchedulerMessage? message = await client.ReceiveAsync(default).AsTask().WaitAsync(Patience);
            Assert.NotNull(message);
            if (message is T expected)
            {
                return expected;
            }
        }
    }
}
