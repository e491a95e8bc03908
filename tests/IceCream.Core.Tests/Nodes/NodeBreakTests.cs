using IceCream.Diagnostics;
using IceCream.Identity;
using IceCream.Jobs;
using IceCream.Nodes;
using IceCream.Tests.Identity;
using IceCream.Transport;
using Microsoft.Extensions.Logging;
using Xunit;

namespace IceCream.Tests.Nodes;

/// <summary>Nodes whose listener breaks: each ends with the reason, where one that lived on without answering would be waited for.</summary>
public sealed class NodeBreakTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("icecream-test-").FullName;
    private readonly BreakingTransport _transport = new();
    private readonly LogBook _log = new();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_scheduler_that_cannot_accept_any_more_ends_with_the_reason()
    {
        await using var node = new SchedulerNode(new SchedulerNodeOptions { Listen = FarmAddress.Memory("scheduler") }, new NodeServices { Transport = _transport, Loggers = _log });
        await node.StartAsync();
        Assert.False(node.Completion.IsCompleted);
        await AssertBreaksAsync(node.Completion);
    }

    [Fact]
    public async Task A_worker_that_cannot_accept_any_more_ends_with_the_reason_and_leaves_its_farm()
    {
        await using var scheduler = new SchedulerNode(new SchedulerNodeOptions { Listen = FarmAddress.Memory("scheduler") }, new NodeServices { Transport = _transport.Inner, Loggers = _log });
        await scheduler.StartAsync();
        await using var node = new DaemonNode(
            new DaemonNodeOptions { Name = "blade", Listen = FarmAddress.Memory("blade"), Scheduler = FarmAddress.Memory("scheduler"), StateDirectory = _folder },
            new NodeServices { Transport = _transport, Loggers = _log, Compiler = MemoryFarm.Compiler.Writing("") });
        await node.StartAsync();
        await _log.FirstAsync(entry => entry.Event == EventIds.NodeJoined && entry.Text.Contains("'blade'", StringComparison.Ordinal), Patience);

        await AssertBreaksAsync(node.Completion);
        LogEntry left = await _log.FirstAsync(entry => entry.Event == EventIds.NodeLeft, Patience);
        Assert.Contains("'blade'", left.Text, StringComparison.Ordinal);
        Assert.Empty(scheduler.Describe().Nodes);
    }

    /// <summary>It would be refused everywhere as soon as its certificate has ended.</summary>
    [Fact]
    public async Task A_daemon_whose_certificate_is_renewed_no_more_ends_with_the_reason()
    {
        using var farm = new FarmFolder();
        NodeCredentials credentials = farm.Credentials(FarmFolder.Blade(NodeRoles.Agent, "desk"));
        farm.Time.Advance(CertificateIssuer.Lifetime);
        await using var node = new DaemonNode(
            new DaemonNodeOptions { Name = "desk", User = "ada", Network = "net", Scheduler = FarmAddress.Memory("scheduler"), StateDirectory = _folder, Credentials = credentials },
            new NodeServices { Transport = new DefectiveTransport("A defect."), Loggers = _log, Time = farm.Time });
        await node.StartAsync();
        Assert.Equal("A defect.", (await Assert.ThrowsAsync<InvalidOperationException>(() => node.Completion.WaitAsync(Patience))).Message);
    }

    [Fact]
    public async Task A_node_that_is_disposed_completes()
    {
        var node = new SchedulerNode(new SchedulerNodeOptions { Listen = FarmAddress.Memory("scheduler") }, new NodeServices { Transport = _transport, Loggers = _log });
        await node.StartAsync();
        await node.DisposeAsync();
        await node.Completion.WaitAsync(Patience);
        Assert.DoesNotContain(_log.Entries, entry => entry.Level >= LogLevel.Warning);
    }

    private async Task AssertBreaksAsync(Task completion)
    {
        _transport.Break(new InvalidOperationException("The socket is gone."));
        Assert.Equal("The socket is gone.", (await Assert.ThrowsAsync<InvalidOperationException>(() => completion.WaitAsync(Patience))).Message);
        Assert.Equal(LogLevel.Critical, Assert.Single(_log.Entries, entry => entry.Event == EventIds.LoopBroken).Level);
    }

    /// <summary>A transport that meets a defect once, and finds nobody after that. The first who calls is the renewal of a certificate that is due.</summary>
    private sealed class DefectiveTransport(string defect) : ITransport
    {
        private int _calls;

        public bool Serves(FarmAddress address) => true;

        public ValueTask<ITransportConnection> ConnectAsync(FarmAddress address, CancellationToken cancellationToken = default) =>
            throw (Interlocked.Increment(ref _calls) == 1 ? (Exception)new InvalidOperationException(defect) : new IOException("Nobody listens there."));

        public ValueTask<ITransportListener> ListenAsync(FarmAddress address, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    }

    /// <summary>Connections in memory, whose listener breaks on demand.</summary>
    private sealed class BreakingTransport : ITransport
    {
        private readonly TaskCompletionSource<ITransportConnection?> _broken = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public InMemoryTransport Inner { get; } = new();

        public void Break(Exception e) => _broken.SetException(e);

        public bool Serves(FarmAddress address) => Inner.Serves(address);

        public ValueTask<ITransportConnection> ConnectAsync(FarmAddress address, CancellationToken cancellationToken = default) =>
            Inner.ConnectAsync(address, cancellationToken);

        public async ValueTask<ITransportListener> ListenAsync(FarmAddress address, CancellationToken cancellationToken = default) =>
            new Listener(await Inner.ListenAsync(address, cancellationToken), _broken.Task);

        private sealed class Listener(ITransportListener inner, Task<ITransportConnection?> broken) : ITransportListener
        {
            public FarmAddress LocalAddress => inner.LocalAddress;

            public async ValueTask<ITransportConnection?> AcceptAsync(CancellationToken cancellationToken = default) =>
                await await Task.WhenAny(inner.AcceptAsync(cancellationToken).AsTask(), broken);

            public ValueTask DisposeAsync() => inner.DisposeAsync();
        }
    }
}
