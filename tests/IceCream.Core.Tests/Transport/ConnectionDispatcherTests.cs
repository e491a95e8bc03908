using System.Threading.Channels;
using IceCream.Diagnostics;
using IceCream.Jobs;
using IceCream.Transport;
using Xunit;

namespace IceCream.Tests.Transport;

/// <summary>The loop that accepts, over a listener that does what a test says.</summary>
public sealed class ConnectionDispatcherTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly ConnectionLimits Limits = new() { Handshakes = 2, Connections = 4 };

    private readonly WatchedTime _time = new();
    private readonly LogBook _log = new();
    private readonly Door _door = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly Channel<Guest> _guests = Channel.CreateUnbounded<Guest>();
    private Task _running = Task.CompletedTask;

    public Task InitializeAsync()
    {
        _running = new ConnectionDispatcher(_door, ServeAsync, Limits, _time, _log.CreateLogger("")).RunAsync(_ending.Token);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _ending.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _ending.Dispose();
    }

    [Fact]
    public async Task A_session_that_fails_costs_the_others_nothing()
    {
        Guest first = await EnterAsync(), second = await EnterAsync();
        first.Fail(new InvalidOperationException("A defect."));
        Assert.IsType<InvalidOperationException>((await _log.FirstAsync(entry => entry.Event == EventIds.ConnectionFailed, Patience)).Exception);
        await first.Connection.Closed.WaitAsync(Patience);

        Guest third = await EnterAsync();
        Assert.False(second.Handshake.Token.IsCancellationRequested);
        Assert.False(third.Handshake.Token.IsCancellationRequested);
    }

    [Theory]
    [InlineData(1, 2, 1)]
    [InlineData(64, 32, 16)]
    [InlineData(1024, 512, 256)]
    [InlineData(1 << 20, 32 << 10, 256)]
    [InlineData(long.MaxValue, 32 << 10, 256)]
    public void Half_of_the_descriptors_are_kept_for_the_process(long descriptors, int connections, int handshakes)
    {
        ConnectionLimits limits = new ConnectionLimits().Within(descriptors);
        Assert.Equal((connections, handshakes), (limits.Connections, limits.Handshakes));
    }

    [Fact]
    public async Task Where_descriptors_have_run_out_it_pauses_and_goes_on()
    {
        for (int i = 0; i < 3; i++)
        {
            _door.Refuse(new IOException("Too many open files."));
            await _time.NextWaitAsync(wait => wait == ConnectionDispatcher.Pause, Patience);
            _time.Advance(ConnectionDispatcher.Pause);
        }

        await EnterAsync();
        Assert.Contains("Too many open files.", Assert.Single(_log.Entries, entry => entry.Event == EventIds.AcceptPaused).Text, StringComparison.Ordinal);
        Assert.False(_running.IsCompleted);
    }

    [Fact]
    public async Task Who_is_silent_gives_its_descriptor_to_others_when_they_have_run_out()
    {
        Guest silent = await EnterAsync();
        _door.Refuse(new IOException("Too many open files."));
        await silent.LeftAsync(Patience);
    }

    [Fact]
    public async Task A_listener_that_breaks_ends_it_with_the_reason_and_its_sessions_too()
    {
        Guest guest = await EnterAsync();
        guest.Handshake.Complete();
        _door.Refuse(new InvalidOperationException("No socket."));

        Assert.Equal("No socket.", (await Assert.ThrowsAsync<InvalidOperationException>(() => _running.WaitAsync(Patience))).Message);
        Assert.True(guest.Handshake.Token.IsCancellationRequested);
        Assert.True(_door.IsClosed);
    }

    [Fact]
    public async Task A_listener_that_somebody_else_closes_ends_it_with_the_reason()
    {
        _door.Close();
        Assert.Contains("memory:door", (await Assert.ThrowsAsync<InvalidOperationException>(() => _running.WaitAsync(Patience))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_says_nothing_is_closed_when_its_time_is_up()
    {
        Guest silent = await EnterAsync(), greeted = await EnterAsync();
        greeted.Handshake.Complete();
        _time.Advance(Limits.HandshakeTimeout);

        await silent.LeftAsync(Patience);
        await silent.Connection.Closed.WaitAsync(Patience);
        Assert.False(greeted.Handshake.Token.IsCancellationRequested);
    }

    [Fact]
    public async Task Of_those_who_say_nothing_the_oldest_makes_room()
    {
        Guest greeted = await EnterAsync();
        greeted.Handshake.Complete();
        Guest first = await EnterAsync(), second = await EnterAsync(), third = await EnterAsync();

        await first.LeftAsync(Patience);
        Assert.False(greeted.Handshake.Token.IsCancellationRequested);
        Assert.False(second.Handshake.Token.IsCancellationRequested);
        Assert.False(third.Handshake.Token.IsCancellationRequested);
    }

    [Fact]
    public async Task A_crowd_from_one_address_makes_room_by_itself()
    {
        Guest other = await EnterAsync("10.0.0.1:1"), first = await EnterAsync("10.0.0.2:1"), second = await EnterAsync("10.0.0.2:2");
        await first.LeftAsync(Patience);
        Guest third = await EnterAsync("10.0.0.2:3");
        await second.LeftAsync(Patience);
        Assert.False(other.Handshake.Token.IsCancellationRequested);
        Assert.False(third.Handshake.Token.IsCancellationRequested);
    }

    /// <summary>Those who come there are no better or worse than those whom the limits close.</summary>
    [Fact]
    public async Task Without_limits_the_silent_and_the_crowd_stay_for_ever()
    {
        var door = new Door();
        using var ending = new CancellationTokenSource();
        ConnectionLimits none = Limits with { Handshakes = int.MaxValue, Connections = 1 << 20, HandshakeTimeout = Timeout.InfiniteTimeSpan };
        Task running = new ConnectionDispatcher(door, ServeAsync, none, _time, _log.CreateLogger("")).RunAsync(ending.Token);
        var guests = new List<Guest>();
        for (int i = 0; i < 10 * Limits.Connections; i++)
        {
            door.Call("10.0.0.2:1");
            guests.Add(await _guests.Reader.ReadAsync().AsTask().WaitAsync(Patience));
        }

        _time.Advance(TimeSpan.FromDays(1));
        Assert.All(guests, static guest => Assert.False(guest.Handshake.Token.IsCancellationRequested));
        await ending.CancelAsync();
        await running.WaitAsync(Patience);
    }

    [Fact]
    public async Task No_more_are_served_than_are_allowed()
    {
        for (int i = 0; i < Limits.Connections; i++)
        {
            (await EnterAsync()).Handshake.Complete();
        }

        Caller turnedAway = _door.Call();
        await turnedAway.Closed.WaitAsync(Patience);
        Assert.False(_guests.Reader.TryRead(out _));
        Assert.Contains(_log.Entries, entry => entry.Event == EventIds.TooManyConnections);
    }

    [Fact]
    public async Task Its_end_is_that_of_all_sessions()
    {
        Guest guest = await EnterAsync();
        guest.Handshake.Complete();
        await _ending.CancelAsync();
        await _running.WaitAsync(Patience);
        Assert.True(guest.Connection.Closed.IsCompleted);
        Assert.True(_door.IsClosed);
    }

    private async Task<Guest> EnterAsync(string from = "caller")
    {
        _door.Call(from);
        return await _guests.Reader.ReadAsync().AsTask().WaitAsync(Patience);
    }

    private Task ServeAsync(ITransportConnection connection, Handshake handshake)
    {
        var guest = new Guest((Caller)connection, handshake);
        _guests.Writer.TryWrite(guest);
        return guest.StayAsync();
    }

    /// <summary>A session, until it is cancelled or fails.</summary>
    private sealed class Guest(Caller connection, Handshake handshake)
    {
        private readonly TaskCompletionSource _stay = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Caller Connection => connection;

        public Handshake Handshake => handshake;

        public async Task StayAsync()
        {
            await using CancellationTokenRegistration registration = handshake.Token.Register(() => _stay.TrySetResult());
            await _stay.Task;
        }

        public void Fail(Exception e) => _stay.SetException(e);

        public Task LeftAsync(TimeSpan patience) => _stay.Task.WaitAsync(patience);
    }

    private sealed class Caller(string from) : ITransportConnection
    {
        private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Closed => _closed.Task;

        public Stream Stream => Stream.Null;

        public string RemoteName => from;

        public bool IsLocal => true;

        public ValueTask DisposeAsync()
        {
            _closed.TrySetResult();
            return ValueTask.CompletedTask;
        }
    }

    private sealed class Door : ITransportListener
    {
        private readonly Channel<object?> _calls = Channel.CreateUnbounded<object?>();

        public FarmAddress LocalAddress { get; } = FarmAddress.Memory("door");

        public bool IsClosed { get; private set; }

        public Caller Call(string from = "caller")
        {
            var caller = new Caller(from);
            _calls.Writer.TryWrite(caller);
            return caller;
        }

        public void Refuse(Exception e) => _calls.Writer.TryWrite(e);

        public void Close() => _calls.Writer.TryWrite(null);

        public async ValueTask<ITransportConnection?> AcceptAsync(CancellationToken cancellationToken = default) =>
            await _calls.Reader.ReadAsync(cancellationToken) switch
            {
                Exception e => throw e,
                object call => (Caller)call,
                null => null,
            };

        public ValueTask DisposeAsync()
        {
            IsClosed = true;
            return ValueTask.CompletedTask;
        }
    }
}
