using System.Net.Sockets;
using IceCream.Diagnostics;
using IceCream.Jobs;
using IceCream.Transport.Tls;
using Microsoft.Extensions.Logging;

namespace IceCream.Transport;

/// <summary>
/// The one loop that accepts: each connection is served by itself, and whatever becomes of one is nothing to the others. It goes on when
/// descriptors or memory have run out, and keeps those in bounds who connect and say nothing.
/// </summary>
/// <param name="listener">Where it accepts. It belongs to the dispatcher.</param>
/// <param name="serve">Serves one connection, until its handshake's token is cancelled at the latest. The connection is closed afterwards.</param>
/// <param name="limits">How many may be there.</param>
/// <param name="time">For deadlines and pauses.</param>
/// <param name="logger">Where failures are told.</param>
internal sealed partial class ConnectionDispatcher(
    ITransportListener listener, Func<ITransportConnection, Handshake, Task> serve, ConnectionLimits limits, TimeProvider time, ILogger logger)
{
    /// <summary>How long nothing is accepted when the kernel has nothing to give.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>How many bytes are read, and thrown away, of whoever has been refused.</summary>
    private const int MostIgnored = 1 << 20;

    /// <summary>How long a warning is not repeated: whoever scans a port does it a thousand times.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(1);

    /// <summary>What is said last, in the clear, to whoever speaks in the clear where that is not enough: the message that holds a reason.</summary>
    public Func<string, byte[]> RefusalOf { get; init; } = static _ => [];

    /// <summary>
    /// Whether the dispatcher itself reads the first byte before it serves a connection, and refuses TLS where the node speaks in the clear. A multiplexed session costs much, and
    /// most callers of a port scan say nothing. Default: false, which costs no system call. Listeners on sockets keep silent callers to themselves in any case.
    /// </summary>
    public bool AwaitsFirstByte { get; init; }

    private readonly Lock _lock = new();
    private readonly LinkedList<Handshake> _handshakes = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // The loop itself counts as one.
    private int _open = 1;
    private long? _warned;

    /// <summary>Accepts until cancelled, and then until the last session has ended.</summary>
    /// <exception cref="Exception">What the listener broke with. It answers no more, so that nobody waits there in vain.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        (listener as IFirstByteListener)?.AwaitFirstByte(limits, WarnOfCrowd, time);
        try
        {
            while (await AcceptAsync(cancellationToken).ConfigureAwait(false) is { } accepted)
            {
                await DispatchAsync(accepted, ending.Token).ConfigureAwait(false);
            }

            if (!cancellationToken.IsCancellationRequested)
            {
                throw new InvalidOperationException($"The listener at {listener.LocalAddress} was closed by somebody else.");
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The node is closing.
        }
        finally
        {
            await ending.CancelAsync().ConfigureAwait(false);
            await listener.DisposeAsync().ConfigureAwait(false);
            Leave();
            await _ended.Task.ConfigureAwait(false);
        }
    }

    private async ValueTask<ITransportConnection?> AcceptAsync(CancellationToken cancellationToken)
    {
        for (bool told = false; ; told = true)
        {
            try
            {
                return await listener.AcceptAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (IOException e)
            {
                if (!told)
                {
                    LogPaused(logger, listener.LocalAddress, e.Message);
                }

                // A connection that has said nothing yet is closed, which frees a descriptor.
                AbandonOldest(0);
                await Task.Delay(Pause, time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Begins to serve a connection, or waits until it is closed where there are too many: closing must not fall behind accepting.</summary>
    private Task DispatchAsync(ITransportConnection connection, CancellationToken ending)
    {
        var handshake = new Handshake(limits.HandshakeTimeout, time, Forget, ending) { From = ConnectionLimits.AddressOf(connection) };
        lock (_lock)
        {
            _handshakes.AddLast(handshake.Place);
        }

        bool isFull = Interlocked.Increment(ref _open) > limits.Connections + 1;
        if (isFull)
        {
            Warn(() => LogFull(logger, listener.LocalAddress, limits.Connections));
        }
        else if (AbandonOldest(limits.Handshakes))
        {
            WarnOfCrowd();
        }

        Task serving = ServeAsync(connection, handshake, isFull);
        return isFull ? serving : Task.CompletedTask;
    }

    /// <summary>Serves a connection to its end. It never fails.</summary>
    private async Task ServeAsync(ITransportConnection connection, Handshake handshake, bool isFull)
    {
        string remote = "";
        try
        {
            await using (connection.ConfigureAwait(false))
            {
                using (handshake)
                {
                    remote = connection.RemoteName;
                    if (!isFull && await IdentifyAsync(connection, handshake.Token).ConfigureAwait(false) is { } known)
                    {
                        await using (known.ConfigureAwait(false))
                        {
                            if (await HearAsync(known, handshake.Token).ConfigureAwait(false) is { } speaking)
                            {
                                await serve(speaking, handshake).ConfigureAwait(false);
                            }
                        }
                    }

                    if (!handshake.IsComplete)
                    {
                        LogSilent(logger, remote);
                    }
                }
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The connection broke, or was closed to make room, before it could be refused.
            LogSilent(logger, remote);
        }
        catch (Exception e)
        {
            // A defect that one connection meets, perhaps of an embedder's part, costs that connection: the others keep theirs.
            LogFailed(logger, remote, e);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Lets the other end prove who it is, where the transport asks for that.</summary>
    /// <returns>The connection to go on with; null when it has been refused.</returns>
    private async ValueTask<ITransportConnection?> IdentifyAsync(ITransportConnection connection, CancellationToken cancellationToken)
    {
        if (connection is not IUnidentifiedConnection unidentified)
        {
            return connection;
        }

        try
        {
            return await unidentified.IdentifyAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (StrangerException e)
        {
            Warn(() => LogRefused(logger, listener.LocalAddress, e.Message));
            await RefuseAsync(connection, RefusalOf(e.Message), cancellationToken).ConfigureAwait(false);
        }
        catch (TransportException e)
        {
            Warn(() => LogRefused(logger, listener.LocalAddress, e.Message));
        }

        return null;
    }

    /// <summary>Waits for the first byte, where that is waited for. Who has shown a certificate is no stranger, and is served at once.</summary>
    /// <returns>The connection to go on with; null when nobody has spoken, or somebody who wants to speak TLS where nobody does: he is told.</returns>
    private async ValueTask<ITransportConnection?> HearAsync(ITransportConnection connection, CancellationToken cancellationToken)
    {
        if (!AwaitsFirstByte || connection is TlsConnection)
        {
            return connection;
        }

        (byte? first, ITransportConnection whole) = await FirstBytes.AwaitAsync(connection, cancellationToken).ConfigureAwait(false);
        if (first != TlsHandshake.Record)
        {
            return first is null ? null : whole;
        }

        const string Why = "It wants to speak TLS, and this farm speaks in the clear.";
        Warn(() => LogRefused(logger, listener.LocalAddress, Why));
        await RefuseAsync(connection, RefusalOf(Why), cancellationToken).ConfigureAwait(false);
        return null;
    }

    /// <summary>Says why, and waits until the other end has hung up, so that it can have read that. What it says meanwhile is thrown away.</summary>
    private static async ValueTask RefuseAsync(ITransportConnection connection, byte[] refusal, CancellationToken cancellationToken)
    {
        if (refusal.Length == 0)
        {
            return;
        }

        await connection.Stream.WriteAsync(ClearRefusal.Frame(refusal), cancellationToken).ConfigureAwait(false);
        byte[] ignored = new byte[4096];
        for (int heard = 0; heard < MostIgnored && await connection.Stream.ReadAsync(ignored, cancellationToken).ConfigureAwait(false) is > 0 and int more; heard += more)
        {
        }
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref _open) == 0)
        {
            _ended.SetResult();
        }
    }

    private void Forget(Handshake handshake)
    {
        lock (_lock)
        {
            _handshakes.Remove(handshake.Place);
        }
    }

    /// <summary>Closes one of those that have not said who they are, when there are more than so many.</summary>
    private bool AbandonOldest(int allowed)
    {
        Handshake? oldest;
        lock (_lock)
        {
            oldest = _handshakes.Count > allowed ? ConnectionLimits.WhoMakesRoom(_handshakes, static handshake => handshake.From) : null;
        }

        oldest?.Abandon();
        return oldest is not null;
    }

    private void WarnOfCrowd() => Warn(() => LogCrowd(logger, listener.LocalAddress, limits.Handshakes));

    private void Warn(Action log)
    {
        lock (_lock)
        {
            long now = time.GetTimestamp();
            if (_warned is { } last && time.GetElapsedTime(last, now) < Quiet)
            {
                return;
            }

            _warned = now;
        }

        log();
    }

    [LoggerMessage(EventIds.AcceptPaused, LogLevel.Warning, "No connection can be accepted at {Address} for the moment: {Reason}")]
    private static partial void LogPaused(ILogger logger, FarmAddress address, string reason);

    [LoggerMessage(EventIds.TooManyHandshakes, LogLevel.Warning, "More than {Limit} connections to {Address} have not said who they are: the oldest of the address from which most come are closed.")]
    private static partial void LogCrowd(ILogger logger, FarmAddress address, int limit);

    [LoggerMessage(EventIds.TooManyConnections, LogLevel.Warning, "There are {Limit} connections to {Address}: further ones are closed.")]
    private static partial void LogFull(ILogger logger, FarmAddress address, int limit);

    [LoggerMessage(EventIds.ConnectionRefused, LogLevel.Warning, "A connection to {Address} was refused: {Reason}")]
    private static partial void LogRefused(ILogger logger, FarmAddress address, string reason);

    [LoggerMessage(EventIds.NoGreeting, LogLevel.Debug, "The connection of {Remote} ended without a greeting.")]
    private static partial void LogSilent(ILogger logger, string remote);

    [LoggerMessage(EventIds.ConnectionFailed, LogLevel.Error, "The connection of {Remote} was closed, because of a defect. Please report it.")]
    private static partial void LogFailed(ILogger logger, string remote, Exception exception);
}
