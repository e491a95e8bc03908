using System.Collections.Concurrent;
using System.Threading.Channels;
using IceCream.Identity;
using IceCream.Jobs;
using IceCream.Nodes;
using IceCream.Transport;
using IceCream.Wire;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace IceCream.Tests.Nodes;

/// <summary>What a node and its scheduler say to one another, and what the node makes of it.</summary>
public sealed class SchedulerLinkConversationTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly FarmAddress Here = FarmAddress.Memory("scheduler");

    private readonly DialledTransport _transport = new();
    private readonly WatchedTime _time = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly Channel<string> _events = Channel.CreateUnbounded<string>();
    private readonly ConcurrentQueue<FarmAddress?> _found = new();
    private Task _running = Task.CompletedTask;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _ending.CancelAsync();
        await _running.WaitAsync(Patience);
        await _transport.DisposeAsync();
        _ending.Dispose();
    }

    [Fact]
    public async Task A_node_that_is_welcome_hears_what_the_scheduler_says_in_its_order()
    {
        Start();
        MultiplexedConnection scheduler = await WelcomeAsync();
        await SayAsync(scheduler, new SchedulerMessage.Capacity(3, 0));
        await SayAsync(scheduler, new SchedulerMessage.Grant(Lease(FarmAddress.Memory("blade"))));

        Assert.Equal("joined farm", await NextAsync());
        Assert.Equal("heard Capacity", await NextAsync());
        Assert.Equal("heard Grant", await NextAsync());
    }

    [Fact]
    public async Task A_scheduler_that_is_lost_is_joined_again_after_the_shortest_pause()
    {
        Start();
        for (int round = 0; round < 3; round++)
        {
            MultiplexedConnection scheduler = await WelcomeAsync();
            Assert.Equal("joined farm", await NextAsync());
            await scheduler.DisposeAsync();
            Assert.StartsWith("lost ", await NextAsync(), StringComparison.Ordinal);

            // However often it was lost before: it had answered.
            TimeSpan pause = await _time.NextWaitAsync(static wait => wait < TimeSpan.FromSeconds(1), Patience);
            Assert.InRange(pause, TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(150));
            _time.Advance(pause);
        }
    }

    [Fact]
    public async Task A_refusal_is_told_with_its_words_and_the_node_asks_again()
    {
        Start();
        MultiplexedConnection scheduler = await _transport.NextAsync(Patience);
        await SayAsync(scheduler, new SchedulerMessage.Refused("There are two of that name."));

        Assert.Contains("There are two of that name.", await NextAsync(), StringComparison.Ordinal);
        _time.Advance(await _time.NextWaitAsync(static wait => wait < TimeSpan.FromSeconds(1), Patience));
        await WelcomeAsync();
        Assert.Equal("joined farm", await NextAsync());
    }

    [Fact]
    public async Task What_is_no_message_ends_the_conversation_and_not_the_node()
    {
        Start();
        MultiplexedConnection scheduler = await WelcomeAsync();
        Assert.Equal("joined farm", await NextAsync());
        await scheduler.Control.SendBytesAsync(new byte[] { 0xC1 });

        Assert.StartsWith("lost ", await NextAsync(), StringComparison.Ordinal);
        Assert.False(_running.IsCompleted);
    }

    [Fact]
    public async Task Whoever_answers_and_is_no_scheduler_by_its_certificate_is_left()
    {
        _transport.Identity = new NodeIdentity("farm", NodeRoles.Worker, "blade", "somebody");
        Start();

        Assert.Contains("is 'blade' of this farm, and no scheduler", await NextAsync(), StringComparison.Ordinal);
        await (await _transport.NextAsync(Patience)).Closed.WaitAsync(Patience);
    }

    [Fact]
    public async Task Where_no_scheduler_is_found_nobody_is_called()
    {
        _found.Enqueue(null);
        Start();

        Assert.Contains("No scheduler of this network answers.", await NextAsync(), StringComparison.Ordinal);
        Assert.Equal(0, _transport.Asked);
    }

    [Fact]
    public async Task Another_machine_is_not_called_in_the_clear()
    {
        _found.Enqueue(FarmAddress.Tcp("192.0.2.1", 8765));
        Start();

        Assert.Contains("would be in the clear", await NextAsync(), StringComparison.Ordinal);
        Assert.Equal(0, _transport.Asked);
    }

    [Fact]
    public async Task A_scheduler_on_a_network_may_not_name_a_place_of_one_machine()
    {
        _found.Enqueue(FarmAddress.Tcp("192.0.2.1", 8765));
        Start(insecure: true);
        MultiplexedConnection scheduler = await WelcomeAsync();
        Assert.Equal("joined farm", await NextAsync());
        await SayAsync(scheduler, new SchedulerMessage.Grant(Lease(FarmAddress.Unix("/run/docker.sock"))));

        Assert.Contains("which is a place of one machine", await NextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_goes_to_a_better_scheduler_when_one_answers()
    {
        var better = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Start(preferred: (_, cancellationToken) => better.Task.WaitAsync(cancellationToken));
        MultiplexedConnection first = await WelcomeAsync();
        Assert.Equal("joined farm", await NextAsync());
        better.SetResult();

        Assert.Equal("lost A scheduler that is named before it answers again.", await NextAsync());
        await first.Closed.WaitAsync(Patience);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task It_ends_quietly_wherever_it_is(bool joined)
    {
        Start();
        if (joined)
        {
            await WelcomeAsync();
            Assert.Equal("joined farm", await NextAsync());
        }
        else
        {
            await _transport.NextAsync(Patience);
        }

        await _ending.CancelAsync();
        await _running.WaitAsync(Patience);
        Assert.False(_events.Reader.TryRead(out _));
    }

    private static SlotLease Lease(FarmAddress worker) => new(1, "blade", worker, DateTimeOffset.UnixEpoch, "lease"u8.ToArray());

    private static ValueTask SayAsync(MultiplexedConnection scheduler, SchedulerMessage message) =>
        scheduler.Control.SendBytesAsync(SchedulerMessage.Encode(message));

    private async Task<MultiplexedConnection> WelcomeAsync()
    {
        MultiplexedConnection scheduler = await _transport.NextAsync(Patience);
        Assert.IsType<SchedulerMessage.MonitorHello>(SchedulerMessage.Decode((await scheduler.Control.ReceiveAsync().AsTask().WaitAsync(Patience))!.Value));
        await SayAsync(scheduler, new SchedulerMessage.Welcome("1.0", "farm", false));
        return scheduler;
    }

    private async Task<string> NextAsync()
    {
        using var deadline = new CancellationTokenSource(Patience);
        return await _events.Reader.ReadAsync(deadline.Token);
    }

    private void Start(bool insecure = false, Func<FarmAddress, CancellationToken, Task>? preferred = null)
    {
        var role = new SchedulerRole(
            "node",
            static _ => new SchedulerMessage.MonitorHello(SchedulerMessage.ProtocolVersion, "farm"),
            client => _events.Writer.TryWrite($"joined {client.Welcome.Network}"),
            message => _events.Writer.TryWrite($"heard {message.GetType().Name}"),
            reason => _events.Writer.TryWrite($"lost {reason}"));
        _running = new SchedulerLink(
            _ => ValueTask.FromResult(_found.TryDequeue(out FarmAddress? found) ? found : Here), _transport, insecure, role, _time, new Random(1),
            NullLogger.Instance, NullLogger<MultiplexedConnection>.Instance, preferred).RunAsync(_ending.Token);
    }
}
