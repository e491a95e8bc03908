using System.Threading.Channels;
using IceCream.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Nerdbank.Streams;

namespace IceCream.Transport;

/// <summary>
/// One connection as many channels. A control channel is there from the first byte, without a handshake; either end opens more. Both
/// ends send beats; an end that hears none for too long ends the connection. Whatever ends it first is the reason, and ends all channels.
/// </summary>
internal sealed partial class MultiplexedConnection : IAsyncDisposable
{
    private const ulong ControlChannelId = 0;
    private const ulong HeartbeatChannelId = 1;
    private const int BeatBytes = 1;

    private static readonly byte[] Beat = new byte[BeatBytes];

    private readonly ITransportConnection _connection;
    private readonly MultiplexedConnectionOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly MultiplexingStream _stream;
    private readonly FramedChannel _heartbeat;
    private readonly Channel<FramedChannel> _offered;
    private readonly TaskCompletionSource<string> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _ending = new();
    private readonly Task _loops;

    /// <summary>Starts to speak. Both ends construct one; neither waits for the other.</summary>
    /// <param name="connection">The bytes; it is disposed with this object, or as soon as the connection ends.</param>
    /// <param name="options">Beats and limits; the defaults when null. Both ends must use the same window.</param>
    /// <param name="time">What beats are timed by; the system's clock when null.</param>
    /// <param name="logger">Where a lost connection is told.</param>
    public MultiplexedConnection(
        ITransportConnection connection, MultiplexedConnectionOptions? options = null, TimeProvider? time = null, ILogger<MultiplexedConnection>? logger = null)
    {
        _connection = connection;
        _options = options ?? MultiplexedConnectionOptions.Default;
        _time = time ?? TimeProvider.System;
        _logger = logger ?? NullLogger<MultiplexedConnection>.Instance;
        _offered = Channel.CreateBounded<FramedChannel>(_options.PendingChannels);
        _stream = MultiplexingStream.Create(new GatheringStream(connection.Stream), new MultiplexingStream.Options
        {
            ProtocolMajorVersion = 3,
            DefaultChannelReceivingWindowSize = _options.WindowBytes,
            StartSuspended = true,
            SeededChannels = { new MultiplexingStream.ChannelOptions(), new MultiplexingStream.ChannelOptions() },
        });
        // What arrives for the two channels before they are accepted waits for them.
        _stream.ChannelOffered += OnOffered;
        _stream.StartListening();
        Control = Frame(_stream.AcceptChannel(ControlChannelId), _options.FrameLimit);
        _heartbeat = Frame(_stream.AcceptChannel(HeartbeatChannelId), BeatBytes);
        _loops = Task.WhenAll(SendBeatsAsync(), HearBeatsAsync(), WatchStreamAsync(), EndAsync());
    }

    /// <summary>The channel that is always there.</summary>
    public FramedChannel Control { get; }

    /// <summary>Who is at the other end, for people.</summary>
    public string RemoteName => _connection.RemoteName;

    /// <summary>Whether the other end is on this machine.</summary>
    public bool IsLocal => _connection.IsLocal;

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
                return ValueTask.FromResult(Frame(_stream.CreateChannel(), _options.FrameLimit));
            }
        }
        catch (ObjectDisposedException)
        {
            // It ended between the question and the attempt: the same answer as below.
        }

        throw new TransportException($"The connection to {RemoteName} has ended" + (_closed.Task.IsCompleted ? $": {_closed.Task.Result}" : "."));
    }

    /// <summary>The next channel that the other end opened; null when the connection has ended.</summary>
    public async ValueTask<FramedChannel?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (await _offered.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (_offered.Reader.TryRead(out FramedChannel? channel))
            {
                return channel;
            }
        }

        return null;
    }

    /// <summary>Ends the connection and waits until nothing of it runs any more.</summary>
    public async ValueTask DisposeAsync()
    {
        _closed.TrySetResult("closed at this end");
        await _loops.ConfigureAwait(false);
        _ending.Dispose();
    }

    private FramedChannel Frame(MultiplexingStream.Channel channel, int frameLimit) => new(channel, frameLimit, channel.Dispose, _closed.Task);

    private void OnOffered(object? sender, MultiplexingStream.ChannelOfferEventArgs offer)
    {
        // Seeded channels and answers to our own offers are no offers of the other end.
        if (offer.IsAccepted || offer.QualifiedId.Source != MultiplexingStream.ChannelSource.Remote)
        {
            return;
        }

        try
        {
            FramedChannel channel = Frame(_stream.AcceptChannel(offer.QualifiedId.Id), _options.FrameLimit);
            if (!_offered.Writer.TryWrite(channel))
            {
                channel.Abort();
            }
        }
        catch (InvalidOperationException)
        {
            // The other end took its offer back, or the connection ended: there is nothing left to accept.
        }
    }

    private async Task SendBeatsAsync()
    {
        using var timer = new PeriodicTimer(_options.HeartbeatInterval, _time);
        try
        {
            do
            {
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
            while (await _heartbeat.ReceiveAsync(either.Token).ConfigureAwait(false) is not null)
            {
                silence.CancelAfter(_options.HeartbeatTimeout);
            }

            _closed.TrySetResult("closed at the other end");
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
        _closed.TrySetResult(_stream.Completion.Exception?.GetBaseException().Message ?? "closed at the other end");
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
}
