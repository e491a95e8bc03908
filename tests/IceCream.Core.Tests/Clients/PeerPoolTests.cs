using IceCream.Clients;
using IceCream.Identity;
using IceCream.Jobs;
using IceCream.Storage;
using IceCream.Transport;
using IceCream.Wire;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace IceCream.Tests.Clients;

/// <summary>An agent's connections to workers: one to each, for as long as it lasts.</summary>
public sealed class PeerPoolTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly FakeTimeProvider _time = new();
    private readonly DialledTransport _transport = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("icecream-test-");
    private readonly PeerPool _pool;

    public PeerPoolTests() =>
        _pool = new PeerPool(_transport, "farm", "somebody@desk", new Spool(_folder.FullName), _time, NullLogger<MultiplexedConnection>.Instance);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _pool.DisposeAsync();
        await _transport.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Jobs_that_come_at_once_share_one_connection()
    {
        Task<PeerClient> first = GetAsync(), second = GetAsync();
        await WelcomeAsync();

        Assert.Same(await first, await second);
        Assert.Same(await first, await GetAsync());
        Assert.Equal(1, _transport.Asked);
    }

    [Fact]
    public async Task A_connection_that_broke_is_made_anew_for_the_next_job()
    {
        Task<PeerClient> first = GetAsync();
        MultiplexedConnection worker = await WelcomeAsync();
        PeerClient broken = await first;
        await worker.DisposeAsync();
        await broken.Closed.WaitAsync(Patience);

        Task<PeerClient> second = GetAsync();
        await WelcomeAsync();
        Assert.NotSame(broken, await second);
        Assert.False((await second).Closed.IsCompleted);
    }

    [Fact]
    public async Task A_worker_out_of_reach_is_asked_again_by_the_next_job()
    {
        _transport.Refusal = new IOException("Nobody listens there.");
        Assert.Equal("Nobody listens there.", (await Assert.ThrowsAsync<IOException>(() => GetAsync())).Message);

        _transport.Refusal = null;
        Task<PeerClient> next = GetAsync();
        await WelcomeAsync();
        Assert.NotNull(await next);
    }

    [Fact]
    public async Task Whoever_leaves_does_not_take_the_connection_from_the_others()
    {
        using var leaving = new CancellationTokenSource();
        Task<PeerClient> impatient = GetAsync(cancellationToken: leaving.Token), patient = GetAsync();
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);

        await WelcomeAsync();
        Assert.False((await patient).Closed.IsCompleted);
        Assert.Equal(1, _transport.Asked);
    }

    [Fact]
    public async Task An_attempt_that_failed_after_all_had_left_is_not_the_answer_to_the_next_job()
    {
        var attempt = new TaskCompletionSource<ITransportConnection>();
        await using var pool = new PeerPool(
            new FirstAttempt(attempt.Task, _transport), "farm", "somebody@desk", new Spool(Path.Combine(_folder.FullName, "late")), _time, NullLogger<MultiplexedConnection>.Instance);
        using var leaving = new CancellationTokenSource();
        Task<PeerClient> impatient = pool.GetAsync(LeaseOn("blade"), leaving.Token).AsTask();
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);

        // On a thread of the pool what continues after it does so before this returns: the attempt has failed then.
        await Task.Run(() => attempt.SetException(new IOException("Nobody listened there.")));
        Task<PeerClient> next = pool.GetAsync(LeaseOn("blade"), CancellationToken.None).AsTask();
        await WelcomeAsync();
        Assert.NotNull(await next);
    }

    [Fact]
    public async Task A_worker_that_does_not_answer_the_greeting_is_out_of_reach_after_ten_seconds()
    {
        Task<PeerClient> waiting = GetAsync();
        await _transport.NextAsync(Patience);
        Assert.False(waiting.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(10));

        TransportException late = await Assert.ThrowsAsync<TransportException>(() => waiting);
        Assert.Equal("The worker at memory:blade did not answer within 10 s.", late.Message);
    }

    [Fact]
    public async Task A_worker_that_is_called_is_unanswered_from_the_first_call_on()
    {
        Assert.Equal(TimeSpan.Zero, _pool.UnansweredFor(LeaseOn("blade")));
        Task<PeerClient> first = GetAsync();
        _time.Advance(TimeSpan.FromSeconds(4));
        Task<PeerClient> second = GetAsync();
        Assert.Equal(TimeSpan.FromSeconds(4), _pool.UnansweredFor(LeaseOn("blade")));
        Assert.Equal(TimeSpan.Zero, _pool.UnansweredFor(LeaseOn("other")));

        await WelcomeAsync();
        await Task.WhenAll(first, second);
        Assert.Equal(TimeSpan.Zero, _pool.UnansweredFor(LeaseOn("blade")));
    }

    [Fact]
    public async Task The_end_does_not_wait_for_a_worker_that_does_not_answer()
    {
        Task<PeerClient> waiting = GetAsync();
        await _transport.NextAsync(Patience);
        await _pool.DisposeAsync().AsTask().WaitAsync(Patience);
        Assert.Equal("The agent is closing.", (await Assert.ThrowsAsync<TransportException>(() => waiting)).Message);
        Assert.Equal("The agent is closing.", (await Assert.ThrowsAsync<TransportException>(() => GetAsync())).Message);
    }

    [Fact]
    public async Task A_refusal_says_why()
    {
        Task<PeerClient> waiting = GetAsync();
        MultiplexedConnection worker = await _transport.NextAsync(Patience);
        await worker.Control.SendAsync(new PeerRefused("The lease is over."), static (said, output) => said.Encode(output));

        Assert.Contains("The lease is over.", (await Assert.ThrowsAsync<TransportException>(() => waiting)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("blade", NodeRoles.Worker, true)]
    [InlineData("other", NodeRoles.Worker, false)]
    [InlineData("blade", NodeRoles.Agent, false)]
    public async Task Whoever_answers_must_be_the_worker_of_the_lease(string name, NodeRoles roles, bool isTaken)
    {
        _transport.Identity = new NodeIdentity("farm", roles, name, "somebody");
        Task<PeerClient> asked = GetAsync();
        if (isTaken)
        {
            await WelcomeAsync();
            Assert.NotNull(await asked);
            return;
        }

        TransportException refused = await Assert.ThrowsAsync<TransportException>(() => asked);
        Assert.Contains($"is '{name}'", refused.Message, StringComparison.Ordinal);
        await (await _transport.NextAsync(Patience)).Closed.WaitAsync(Patience);
    }

    [Fact]
    public async Task What_has_ended_at_one_address_is_forgotten_when_another_is_called()
    {
        Task<PeerClient> first = GetAsync();
        MultiplexedConnection worker = await WelcomeAsync();

        // An end takes along what has not arrived yet.
        PeerClient ended = await first;
        await worker.DisposeAsync();
        await ended.Closed.WaitAsync(Patience);
        Task<PeerClient> other = GetAsync("other");
        await WelcomeAsync();
        await other;

        Task<PeerClient> again = GetAsync();
        await WelcomeAsync();
        Assert.NotSame(ended, await again);
    }

    [Fact]
    public async Task At_the_end_all_are_closed_and_what_never_came_about_is_no_trouble()
    {
        Task<PeerClient> asked = GetAsync();
        await WelcomeAsync();
        PeerClient made = await asked;
        _transport.Refusal = new IOException("Nobody listens there.");
        await Assert.ThrowsAsync<IOException>(() => GetAsync("other"));
        await _pool.DisposeAsync();

        Assert.True(made.Closed.IsCompleted);
    }

    private Task<PeerClient> GetAsync(string worker = "blade", CancellationToken cancellationToken = default) =>
        _pool.GetAsync(LeaseOn(worker), cancellationToken).AsTask().WaitAsync(Patience, CancellationToken.None);

    private static SlotLease LeaseOn(string worker) => new(1, worker, FarmAddress.Memory(worker), DateTimeOffset.MaxValue, "lease"u8.ToArray());

    private async Task<MultiplexedConnection> WelcomeAsync()
    {
        MultiplexedConnection worker = await _transport.NextAsync(Patience);
        PeerHello hello = Assert.IsType<PeerHello>(PeerMessage.Decode((await worker.Control.ReceiveAsync().AsTask().WaitAsync(Patience))!.Value));
        Assert.Equal(("farm", "somebody@desk"), (hello.Network, hello.Name));
        await worker.Control.SendAsync(new PeerWelcome(PeerMessage.Version, "blade"), static (said, output) => said.Encode(output));
        return worker;
    }

    /// <summary>A transport whose first attempt a test ends.</summary>
    private sealed class FirstAttempt(Task<ITransportConnection> first, ITransport rest) : ITransport
    {
        private int _calls;

        public bool Serves(FarmAddress address) => true;

        public ValueTask<ITransportConnection> ConnectAsync(FarmAddress address, CancellationToken cancellationToken = default) =>
            Interlocked.Increment(ref _calls) == 1 ? new ValueTask<ITransportConnection>(first) : rest.ConnectAsync(address, cancellationToken);

        public ValueTask<ITransportListener> ListenAsync(FarmAddress address, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    }
}
