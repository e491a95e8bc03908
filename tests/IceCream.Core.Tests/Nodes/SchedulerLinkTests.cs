using IceCream.Jobs;
using IceCream.Nodes;
using IceCream.Transport;
using IceCream.Wire;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace IceCream.Tests.Nodes;

/// <summary>How a node comes back to its scheduler.</summary>
public sealed class SchedulerLinkTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task However_long_a_scheduler_was_gone_a_node_asks_for_it_again_within_three_seconds(int seed)
    {
        var time = new WatchedTime();
        using var ending = new CancellationTokenSource();
        var absent = new Absent();
        Task running = LinkOver(absent, time, seed).RunAsync(ending.Token);
        TimeSpan longest = TimeSpan.Zero;
        for (int attempt = 0; attempt < 50; attempt++)
        {
            // Deadlines of an attempt are whole seconds from four up.
            TimeSpan pause = await time.NextWaitAsync(wait => wait < TimeSpan.FromSeconds(4), Patience);
            longest = pause > longest ? pause : longest;
            time.Advance(pause);
        }

        await ending.CancelAsync();
        await running.WaitAsync(Patience);
        Assert.InRange(longest, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3));
        Assert.InRange(absent.Asked, 50, 51);
    }

    [Fact]
    public async Task A_machine_that_does_not_answer_is_asked_anew_after_four_seconds()
    {
        var time = new WatchedTime();
        using var ending = new CancellationTokenSource();
        var silent = new Silent();
        Task running = LinkOver(silent, time, 1).RunAsync(ending.Token);
        await silent.Asked.Task.WaitAsync(Patience);
        time.Advance(TimeSpan.FromSeconds(4));
        await time.NextWaitAsync(wait => wait < TimeSpan.FromSeconds(4), Patience);
        await ending.CancelAsync();
        await running.WaitAsync(Patience);
        Assert.Equal("Nobody answered at memory:scheduler within 4 s.", Assert.Single(silent.Reasons));
    }

    /// <summary>The machines prove who they are within the attempt, and a slow one needs seconds for that.</summary>
    [Fact]
    public async Task A_scheduler_that_is_slow_to_prove_who_it_is_gets_ten_seconds_more()
    {
        var time = new WatchedTime();
        using var ending = new CancellationTokenSource();
        var silent = new Silent { IsSecure = true };
        Task running = LinkOver(silent, time, 1).RunAsync(ending.Token);
        await silent.Asked.Task.WaitAsync(Patience);
        time.Advance(TimeSpan.FromSeconds(14) - TimeSpan.FromMilliseconds(1));
        Assert.Empty(silent.Reasons);
        time.Advance(TimeSpan.FromMilliseconds(1));
        await time.NextWaitAsync(wait => wait < TimeSpan.FromSeconds(4), Patience);
        await ending.CancelAsync();
        await running.WaitAsync(Patience);
        Assert.Equal("Nobody answered at memory:scheduler within 14 s.", Assert.Single(silent.Reasons));
    }

    private static SchedulerLink LinkOver(ITransport transport, TimeProvider time, int seed) => new(
        _ => ValueTask.FromResult<FarmAddress?>(FarmAddress.Memory("scheduler")), transport, insecure: false,
        new SchedulerRole(
            "worker", _ => new SchedulerMessage.MonitorHello(SchedulerMessage.ProtocolVersion, "farm"), static _ => { }, static _ => { },
            reason => (transport as Silent)?.Reasons.Add(reason)),
        time, new Random(seed), NullLogger.Instance, NullLogger<MultiplexedConnection>.Instance);

    /// <summary>Refuses every connection.</summary>
    private sealed class Absent : ITransport
    {
        private int _asked;

        public int Asked => Volatile.Read(ref _asked);

        public bool Serves(FarmAddress address) => true;

        public ValueTask<ITransportConnection> ConnectAsync(FarmAddress address, CancellationToken cancellationToken = default)
        {
            Interlocked.Increment(ref _asked);
            return ValueTask.FromException<ITransportConnection>(new IOException("Nobody listens there."));
        }

        public ValueTask<ITransportListener> ListenAsync(FarmAddress address, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    }

    /// <summary>Lets whoever connects wait.</summary>
    private sealed class Silent : ITransport
    {
        public TaskCompletionSource Asked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public List<string> Reasons { get; } = [];

        public bool IsSecure { get; init; }

        public bool Serves(FarmAddress address) => true;

        public bool Secures(FarmAddress address) => IsSecure;

        public async ValueTask<ITransportConnection> ConnectAsync(FarmAddress address, CancellationToken cancellationToken = default)
        {
            Asked.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            throw new InvalidOperationException("Nobody waits for ever.");
        }

        public ValueTask<ITransportListener> ListenAsync(FarmAddress address, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    }
}
