using System.IO.Pipelines;
using System.Threading.Channels;
using IceCream.Diagnostics;
using IceCream.Identity;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Nerdbank.Streams;

namespace IceCream.Transport;

/// <summary>
/// One connection as many channels. A control channel is there from the first byte, without a handshake; either end opens more. Both
/// ends send beats; an end that hears none for too long ends the connection. Whatever ends it first is the reason, and ends all channels.
/// What the other end can make this one hold is limited: a channel that nobody accepts has a small window, and who goes beyond a limit
/// loses the connection.
/// </summary>
internal sealed partial class MultiplexedConnection : IAsyncDisposable
{
    private const ulong ControlChannelId = 0;
    private const ulong HeartbeatChannelId = 1;
    private const string LeftAtOtherEnd = "closed at the other end";
    private const int BeatBytes = 1;

    /// <summary>What may arrive on a channel before it is accepted, in bytes: no more than a multiplexer's own smallest.</summary>
    private const int UnacceptedWindowBytes = 64 << 10;

    /// <summary>The window of the two channels that are always there: the same at both ends.</summary>
    private const int ControlWindowBytes = 256 << 10;

    private static readonly byte[] Beat = new byte[BeatBytes];

    private readonly ITransportConnection _connection;
    private readonly MultiplexedConnectionOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly GatheringStream _bytes;
    private readonly MultiplexingStream _stream;
    private readonly FramedChannel _heartbeat;
    private readonly Channel<ulong> _offered = Channel.CreateUnbounded<ulong>();
    private readonly SemaphoreSlim _room;
    private readonly HeldBytes _held;
    private readonly TaskCompletionSource<string> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _ending = new();
    private readonly Task _loops;
    private int _pending;

    /// <summary>Starts to speak. Both ends construct one; neither waits for the other.</summary>
    /// <param name="connection">The bytes; it is disposed with this object, or as soon as the connection ends.</param>
    /// <param name="options">Beats and limits; the defaults when null.</param>
    /// <param name="time">What beats are timed by; the system's clock when null.</param>
    /// <param name="logger">Where a lost connection is told.</param>
    public MultiplexedConnection(
        ITransportConnection connection, MultiplexedConnectionOptions? options = null, TimeProvider? time = null, ILogger<MultiplexedConnection>? logger = null)
    {
        _connection = connection;
        _options = options ?? MultiplexedConnectionOptions.Default;
        _time = time ?? TimeProvider.System;
        _logger = logger ?? NullLogger<MultiplexedConnection>.Instance;
        _room = new SemaphoreSlim(_options.Channels);
        _held = new HeldBytes(_options.HeldBytes, () => Break($"its frames take more than {_options.HeldBytes >> 20} MiB"));
        _bytes = new GatheringStream(connection.Stream, _time);
        _stream = MultiplexingStream.Create(_bytes, new MultiplexingStream.Options
        {
            ProtocolMajorVersion = 3,
            DefaultChannelReceivingWindowSize = UnacceptedWindowBytes,
            StartSuspended = true,
            SeededChannels = { ChannelOf(ControlWindowBytes), ChannelOf(ControlWindowBytes) },
        });
        // What arrives for the two channels before they are accepted waits for them.
        _stream.ChannelOffered += OnOffered;
        _stream.StartListening();
        Control = AcceptSeeded(ControlChannelId, _options.FrameLimit);
        _heartbeat = AcceptSeeded(HeartbeatChannelId, BeatBytes);
        _loops = Task.WhenAll(SendBeatsAsync(), HearBeatsAsync(), WatchStreamAsync(), EndAsync());
    }

    /// <summary>The channel that is always there.</summary>
    public FramedChannel Control { get; }

    /// <summary>Who is at the other end, for people.</summary>
    public string RemoteName => _connection.RemoteName;

    /// <summary>Who the other end has proved to be; null where the transport asks nobody.</summary>
    public NodeIdentity? Identity => _connection.Identity;

    /// <summary>Whether the other end may open channels now. Default: true; false until it has been greeted, where that comes first.</summary>
    public bool TakesChannels { get; set; } = true;

    /// <summary>How long nothing has arrived: no beat, and nothing else.</summary>
    public TimeSpan SilentFor => _bytes.SilentFor;

    /// <summary>Completes when the connection has ended, with the first reason. It never fails.</summary>
    public Task<string> Closed => _closed.Task;

    /// <summary>Opens a channel. It can be written to at once; the bytes leave when the other end has accepted.</summary>
    /// <exception cref="TransportException">The connection has ended; the message says why.</exception>
    public ValueTask<FramedChannel> OpenAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            if (!_closed.Task.IsCompleted)
            {
                return ValueTask.FromResult(Frame(_stream.CreateChannel(ChannelOf(_options.WindowBytes)), _options.FrameLimit));
            }
        }
        catch (ObjectDisposedException)
        {
            // The connection ended between the check and the attempt. The answer is the same as below.
        }

        throw new TransportException($"The connection to {RemoteName} has ended" + (_closed.Task.IsCompleted ? $": {_closed.Task.Result}" : "."));
    }

    /// <summary>The next channel that the other end opened; null when the connection has ended. Waits as long as there are enough of them. One caller at a time.</summary>
    public async ValueTask<FramedChannel?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (await _offered.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            // The end of the connection is that of its channels, so that this wait ends too.
            await _room.WaitAsync(cancellationToken).ConfigureAwait(false);
            if (_offered.Reader.TryRead(out ulong id) && TryAccept(id) is { } channel)
            {
                return channel;
            }

            _room.Release();
        }

        return null;
    }

    /// <summary>Ends the connection, because the other end did what it must not do.</summary>
    /// <param name="what">What that is, as the end of a sentence about it.</param>
    public void Break(string what)
    {
        if (_closed.TrySetResult(what))
        {
            LogBroken(_logger, RemoteName, what);
        }
    }

    /// <summary>Ends the connection and waits until nothing of it runs any more.</summary>
    public async ValueTask DisposeAsync()
    {
        _closed.TrySetResult("closed at this end");
        await _loops.ConfigureAwait(false);
        _ending.Dispose();
    }

    private static MultiplexingStream.ChannelOptions ChannelOf(int window) => new() { ChannelReceivingWindowSize = window };

    private FramedChannel Frame(MultiplexingStream.Channel channel, int frameLimit) => new(channel, frameLimit, channel.Dispose, _closed.Task, _held);

    /// <summary>A channel that is always there. If the other end has hung up already, it has ended.</summary>
    private FramedChannel AcceptSeeded(ulong id, int frameLimit)
    {
        try
        {
            return Frame(_stream.AcceptChannel(id), frameLimit);
        }
        catch (InvalidOperationException)
        {
            _closed.TrySetResult(LeftAtOtherEnd);
            var ended = new Pipe();
            ended.Writer.Complete();
            return new FramedChannel(new DuplexPipe(ended.Reader, ended.Writer), frameLimit, closed: _closed.Task);
        }
    }

    private FramedChannel? TryAccept(ulong id)
    {
        Interlocked.Decrement(ref _pending);
        MultiplexingStream.Channel channel;
        try
        {
            channel = _stream.AcceptChannel(id, ChannelOf(_options.WindowBytes));
        }
        catch (InvalidOperationException)
        {
            // The other end took its offer back, or the connection ended: there is nothing left to accept.
            return null;
        }

        channel.Completion.ContinueWith(
            static (_, room) => ((SemaphoreSlim)room!).Release(), _room, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return Frame(channel, _options.FrameLimit);
    }

    private void OnOffered(object? sender, MultiplexingStream.ChannelOfferEventArgs offer)
    {
        // Seeded channels and answers to our own offers are no offers of the other end.
        if (offer.IsAccepted || offer.QualifiedId.Source != MultiplexingStream.ChannelSource.Remote)
        {
            return;
        }

        int limit = TakesChannels ? _options.PendingChannels : 0;
        if (Interlocked.Increment(ref _pending) > limit)
        {
            Break(limit == 0 ? "it opened a channel, where none are" : $"it opened more than {limit} channels ahead");

            // The exception ends the loop that reads, so that no further channel is taken in.
            throw new TransportException("Too many channels.");
        }

        _offered.Writer.TryWrite(offer.QualifiedId.Id);
    }

    private async Task SendBeatsAsync()
    {
        using var timer = new PeriodicTimer(_options.HeartbeatInterval, _time);
        try
        {
            do
            {
                if (_bytes.Stalled >= _options.StallTimeout)
                {
                    Break($"it has taken nothing for {_options.StallTimeout.TotalSeconds:0.#} s");
                }

                await _heartbeat.SendBytesAsync(Beat, _ending.Token).ConfigureAwait(false);
            }
            while (await timer.WaitForNextTickAsync(_ending.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            // The connection ended, and its reason is known.
        }
        catch (IOException e)
        {
            _closed.TrySetResult(e.Message);
        }
    }

    private async Task HearBeatsAsync()
    {
        using var silence = new CancellationTokenSource(_options.HeartbeatTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, _ending.Token);
        try
        {
            // A beat has shown life when the connection read it. Taken one by one, beats would each wake a thread, and each be answered by the multiplexer
            // with the room that they have left.
            while (await _heartbeat.DiscardAsync(either.Token).ConfigureAwait(false))
            {
                TimeSpan left = _options.HeartbeatTimeout - SilentFor;
                silence.CancelAfter(left > TimeSpan.Zero ? left : TimeSpan.Zero);

                // Often enough to know that the other end beats, and long before beats fill their window.
                await Task.Delay(_options.HeartbeatTimeout / 4, _time, either.Token).ConfigureAwait(false);
            }

            _closed.TrySetResult(LeftAtOtherEnd);
        }
        catch (OperationCanceledException)
        {
            _closed.TrySetResult($"no sign of life for {_options.HeartbeatTimeout.TotalSeconds:0.#} s");
        }
        catch (IOException e)
        {
            _closed.TrySetResult(e.Message);
        }
    }

    private async Task WatchStreamAsync()
    {
        // The task's failure is the reason, whatever its type: bytes from outside decide it.
        await _stream.Completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _closed.TrySetResult(_stream.Completion.Exception?.GetBaseException().Message ?? LeftAtOtherEnd);
    }

    private async Task EndAsync()
    {
        string reason = await _closed.Task.ConfigureAwait(false);
        LogEnded(_logger, RemoteName, reason);
        await _ending.CancelAsync().ConfigureAwait(false);
        _offered.Writer.TryComplete();
        try
        {
            await _stream.DisposeAsync().ConfigureAwait(false);
        }
        catch (IOException e)
        {
            // The connection is at its end either way.
            LogEnded(_logger, RemoteName, e.Message);
        }
        finally
        {
            await _connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    [LoggerMessage(EventIds.ConnectionLost, LogLevel.Debug, "The connection to {Remote} has ended: {Reason}.")]
    private static partial void LogEnded(ILogger logger, string remote, string reason);

    [LoggerMessage(EventIds.ConnectionBroken, LogLevel.Warning, "The connection to {Remote} is closed: {What}.")]
    private static partial void LogBroken(ILogger logger, string remote, string what);
}
