using System.Net;
using System.Net.Sockets;
using IceCream.Diagnostics;
using IceCream.Jobs;
using IceCream.Nodes;
using IceCream.Nodes.Discovery;
using IceCream.Wire;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace IceCream.Tests.Nodes;

/// <summary>Finding a scheduler by UDP, on loopback and ports that the kernel picks.</summary>
public sealed class SchedulerDiscoveryTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly DateTimeOffset Noon = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_scheduler_that_listens_by_tcp_is_found()
    {
        await using SchedulerNode node = await StartNodeAsync("farm");
        FarmAddress? found = await FindAsync("farm", TimeProvider.System, node.DiscoveryPort!.Value);
        Assert.Null(node.DiscoveryObstacle);
        Assert.Equal(node.Address, found);
    }

    [Fact]
    public async Task A_scheduler_whose_udp_port_is_taken_works_and_says_that_it_cannot_be_found()
    {
        using Socket taken = Bind();
        await using SchedulerNode node = await StartNodeAsync("farm", Port(taken));
        Assert.NotNull(node.Address);
        Assert.Null(node.DiscoveryPort);
        Assert.Contains($"UDP port {Port(taken)}", node.DiscoveryObstacle, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_scheduler_warns_of_another_one_of_its_network()
    {
        var log = new LogBook();
        await using SchedulerNode first = await StartNodeAsync("farm");

        // Where time stands still, an answer that is late is not too late.
        await using SchedulerNode second = await StartNodeAsync("farm", first.DiscoveryPort!.Value, new FakeTimeProvider(Noon), log);
        LogEntry warning = await log.FirstAsync(entry => entry.Event == EventIds.SchedulersDiffer, Patience);
        Assert.Equal(LogLevel.Warning, warning.Level);
        Assert.Contains(first.Address!.ToString(), warning.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_scheduler_knows_its_own_answer()
    {
        var time = new FakeTimeProvider(Noon);
        await using DiscoveryResponder responder = Start("farm", "127.0.0.1", time);
        var heard = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<DiscoveredScheduler?> search = SchedulerDiscovery.FindOtherAsync(
            "farm", [new IPEndPoint(IPAddress.Loopback, responder.Port)],
            found =>
            {
                heard.TrySetResult();
                return (found.Started, found.Port) == responder.Identity;
            },
            time, default).AsTask();
        await heard.Task.WaitAsync(Patience);
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Null(await search.WaitAsync(Patience));
    }

    [Fact]
    public async Task A_scheduler_that_is_not_to_be_found_is_not_asked()
    {
        var options = new SchedulerNodeOptions { Listen = FarmAddress.Tcp("127.0.0.1", 0), Discoverable = false, DiscoveryPort = 0 };
        await using var node = new SchedulerNode(options);
        await node.StartAsync();
        Assert.Null(node.DiscoveryPort);
        Assert.Null(node.DiscoveryObstacle);
    }

    [Fact]
    public async Task Nobody_is_found_where_nobody_answers()
    {
        using Socket silent = Bind();
        var time = new FakeTimeProvider(Noon);
        Task<FarmAddress?> search = FindAsync("farm", time, Port(silent));
        await ReceiveQuestionAsync(silent);
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Null(await search);
    }

    [Fact]
    public async Task A_search_asks_again_while_nobody_answers()
    {
        using Socket silent = Bind();
        var time = new FakeTimeProvider(Noon);
        Task<FarmAddress?> search = FindAsync("farm", time, Port(silent));
        (DiscoveryMessage.Question first, EndPoint asker) = await ReceiveQuestionAsync(silent);
        time.Advance(TimeSpan.FromMilliseconds(700));
        (DiscoveryMessage.Question second, _) = await ReceiveQuestionAsync(silent);
        Assert.Equal(first, second);

        await AnswerAsync(silent, asker, new DiscoveryMessage.Answer(second.Nonce, "farm", "1", 7, Noon));
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(FarmAddress.Tcp("127.0.0.1", 7), await search);
    }

    [Fact]
    public async Task Of_several_the_one_that_runs_longest_is_taken_whichever_answers_first()
    {
        using Socket schedulers = Bind();
        var time = new FakeTimeProvider(Noon);
        Task<FarmAddress?> search = FindAsync("farm", time, Port(schedulers));
        (DiscoveryMessage.Question question, EndPoint asker) = await ReceiveQuestionAsync(schedulers);
        foreach ((int port, int age) in new[] { (1, 5), (2, 60), (3, 10) })
        {
            await AnswerAsync(schedulers, asker, new DiscoveryMessage.Answer(question.Nonce, "farm", "1", port, Noon.AddMinutes(-age)));
        }

        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(FarmAddress.Tcp("127.0.0.1", 2), await search);
    }

    [Fact]
    public async Task An_answer_in_the_last_moment_does_not_make_the_search_longer()
    {
        using Socket scheduler = Bind();
        var time = new FakeTimeProvider(Noon);
        Task<FarmAddress?> search = FindAsync("farm", time, Port(scheduler));
        (DiscoveryMessage.Question question, EndPoint asker) = await ReceiveQuestionAsync(scheduler);
        time.Advance(TimeSpan.FromMilliseconds(1900));
        await AnswerAsync(scheduler, asker, new DiscoveryMessage.Answer(question.Nonce, "farm", "1", 7, Noon));
        time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal(FarmAddress.Tcp("127.0.0.1", 7), await search);
    }

    [Fact]
    public async Task What_answers_another_question_another_network_or_nothing_is_passed_over()
    {
        using Socket stranger = Bind();
        var time = new FakeTimeProvider(Noon);
        Task<FarmAddress?> search = FindAsync("farm", time, Port(stranger));
        (DiscoveryMessage.Question question, EndPoint asker) = await ReceiveQuestionAsync(stranger);
        await AnswerAsync(stranger, asker, new DiscoveryMessage.Answer(question.Nonce + 1, "farm", "1", 1, Noon));
        await AnswerAsync(stranger, asker, new DiscoveryMessage.Answer(question.Nonce, "other", "1", 1, Noon));
        await AnswerAsync(stranger, asker, new DiscoveryMessage.Answer(question.Nonce, "farm", "1", 0, Noon));
        await stranger.SendToAsync(new byte[] { 0x2e }, SocketFlags.None, asker);
        await stranger.SendToAsync(new byte[4000], SocketFlags.None, asker);
        await AnswerAsync(stranger, asker, new DiscoveryMessage.Answer(question.Nonce, "farm", "1", 2, Noon));
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(FarmAddress.Tcp("127.0.0.1", 2), await search);
    }

    [Fact]
    public async Task The_answer_is_awaited_on_the_documented_port_as_soon_as_that_is_free()
    {
        using Socket scheduler = Bind();
        Socket other = Bind();
        int known = Port(other);
        var time = new FakeTimeProvider(Noon);
        Task<FarmAddress?> search = FindAsync("farm", time, Port(scheduler), known);
        (_, EndPoint first) = await ReceiveQuestionAsync(scheduler);
        Assert.NotEqual(known, ((IPEndPoint)first).Port);

        other.Dispose();
        time.Advance(TimeSpan.FromMilliseconds(700));
        (DiscoveryMessage.Question question, EndPoint second) = await ReceiveQuestionAsync(scheduler);
        Assert.Equal(known, ((IPEndPoint)second).Port);
        await AnswerAsync(scheduler, second, new DiscoveryMessage.Answer(question.Nonce, "farm", "1", 7, Noon));
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(FarmAddress.Tcp("127.0.0.1", 7), await search);
    }

    [Fact]
    public async Task A_node_that_listens_at_one_address_asks_from_it()
    {
        using Socket scheduler = Bind();
        var time = new FakeTimeProvider(Noon);
        Task<FarmAddress?> search = FindAsync("farm", time, Port(scheduler), from: IPAddress.Parse("127.0.0.9"));
        (_, EndPoint asker) = await ReceiveQuestionAsync(scheduler);
        Assert.Equal(IPAddress.Parse("127.0.0.9"), ((IPEndPoint)asker).Address);
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Null(await search);
    }

    [Fact]
    public async Task A_search_that_is_cancelled_ends()
    {
        using Socket silent = Bind();
        using var leaving = new CancellationTokenSource();
        Task<FarmAddress?> search = SchedulerDiscovery.FindAsync("farm", null, () => [(IPEndPoint)silent.LocalEndPoint!], null, new FakeTimeProvider(Noon), leaving.Token).AsTask();
        await ReceiveQuestionAsync(silent);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => search.WaitAsync(Patience));
    }

    [Fact]
    public void Of_one_schedulers_addresses_one_is_taken_that_other_machines_can_use()
    {
        DiscoveredScheduler[] answers = [.. new[] { "127.0.0.1", "192.168.1.2", "10.0.0.2", "10.0.0.10" }.Select(text => new DiscoveredScheduler(Noon, IPAddress.Parse(text), 8765))];
        Assert.Equal(["10.0.0.2", "10.0.0.10", "192.168.1.2", "127.0.0.1"], answers.Order().Select(answer => answer.Address.ToString()));
    }

    [Theory]
    [InlineData("10.1.2.3", 8, "10.255.255.255")]
    [InlineData("192.168.1.77", 26, "192.168.1.127")]
    [InlineData("172.17.0.2", 16, "172.17.255.255")]
    public void A_networks_broadcast_address_has_all_host_bits_set(string address, int prefix, string broadcast) =>
        Assert.Equal(IPAddress.Parse(broadcast), SchedulerDiscovery.BroadcastOf(IPAddress.Parse(address), prefix));

    [Fact]
    public void This_machine_and_the_preferred_network_are_always_asked()
    {
        IReadOnlyCollection<IPEndPoint> targets = SchedulerDiscovery.FindTargets(8765);
        Assert.Contains(new IPEndPoint(IPAddress.Loopback, 8765), targets);
        Assert.Contains(new IPEndPoint(IPAddress.Broadcast, 8765), targets);
    }

    private static DiscoveryResponder Start(string network, string host, TimeProvider time) =>
        DiscoveryResponder.Start(network, "1.2", FarmAddress.Tcp(host, 8765), 0, time);

    private static async Task<SchedulerNode> StartNodeAsync(string network, int discoveryPort = 0, TimeProvider? time = null, LogBook? log = null)
    {
        var options = new SchedulerNodeOptions { Listen = FarmAddress.Tcp("127.0.0.1", 0), Network = network, DiscoveryPort = discoveryPort };
        var node = new SchedulerNode(options, new NodeServices { Time = time, Loggers = log });
        await node.StartAsync();
        return node;
    }

    private static Task<FarmAddress?> FindAsync(string network, TimeProvider time, int port, int? known = null, IPAddress? from = null) =>
        SchedulerDiscovery.FindAsync(network, from, () => [new IPEndPoint(IPAddress.Loopback, port)], known, time, default).AsTask().WaitAsync(Patience);

    private static Socket Bind()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }

    private static int Port(Socket socket) => ((IPEndPoint)socket.LocalEndPoint!).Port;

    private static async Task<(DiscoveryMessage.Question Question, EndPoint Asker)> ReceiveQuestionAsync(Socket socket)
    {
        byte[] buffer = new byte[2000];
        SocketReceiveFromResult received = await socket.ReceiveFromAsync(buffer, SocketFlags.None, new IPEndPoint(IPAddress.Any, 0)).WaitAsync(Patience);
        Assert.True(DiscoveryMessage.TryDecode(buffer.AsMemory(0, received.ReceivedBytes), out DiscoveryMessage? message));
        return (Assert.IsType<DiscoveryMessage.Question>(message), received.RemoteEndPoint);
    }

    private static async Task AnswerAsync(Socket from, EndPoint asker, DiscoveryMessage.Answer answer) =>
        await from.SendToAsync(DiscoveryMessage.Encode(answer), SocketFlags.None, asker);
}
