using System.Globalization;
using IceCream.Clients;
using IceCream.Jobs;
using IceCream.Platform;
using IceCream.Transport;

namespace IceCream.Nodes;

// One agent per socket: how an agent takes the socket, and how an agent started by a launcher yields it to one that was started on purpose.
internal sealed partial class Agent
{
    private const uint OwnerOnly = 0b111_000_000;

    /// <summary>How long launchers that had opened the socket before it was given up are still answered.</summary>
    private static readonly TimeSpan LastCalls = TimeSpan.FromMilliseconds(100);

    /// <summary>The interval between attempts to take the socket while its holder is starting or ending.</summary>
    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(50);

    /// <summary>How long to wait for the holder of the socket.</summary>
    private static readonly TimeSpan Courtesy = TimeSpan.FromSeconds(10);

    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _yielded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _closing = Task.CompletedTask;
    private volatile bool _isClosed;
    private int _yields;

    /// <summary>Completes when the agent has been idle for as long as its options allow, or when it has yielded and its jobs have ended.</summary>
    public Task Idle => Task.WhenAny(_idle.Idle, _yielded.Task);

    /// <summary>Takes the lock of a socket. The lock ends with the process, and its file stays: deleting it would let two processes hold the lock.</summary>
    /// <exception cref="AgentAlreadyRunsException">Another agent holds it and does not yield.</exception>
    private async ValueTask<FileStream> TakePlaceAsync(string socket, CancellationToken cancellationToken)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(socket))!;
        if (!Directory.Exists(folder))
        {
            // The user's source code is sent over this socket, so no other user may listen here.
            Directory.CreateDirectory(folder);
            Linux.SetPermissions(folder, OwnerOnly);
        }

        using var courtesy = new CancellationTokenSource(Courtesy, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(courtesy.Token, cancellationToken);
        string keeps = "it does not answer";
        while (true)
        {
            if (FileLock.TryTake(socket + ".lock") is { } taken)
            {
                return taken;
            }

            if (_options.Yields)
            {
                throw new AgentAlreadyRunsException($"Another agent serves '{socket}'.");
            }

            try
            {
                if (await AgentMonitor.AskToYieldAsync(socket, either.Token).ConfigureAwait(false) is { } refusal)
                {
                    throw new AgentAlreadyRunsException($"Another agent serves '{socket}': {refusal}");
                }
            }
            catch (IOException e) when (e is not AgentAlreadyRunsException)
            {
                // The other agent is starting or ending. In both cases it is worth waiting for its answer.
                keeps = e.Message;
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // The same cancellation ends the delay below.
            }

            try
            {
                await Task.Delay(BetweenTries, TimeProvider.System, either.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw new AgentAlreadyRunsException($"Another process holds '{socket}.lock' for more than {Courtesy.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s: {keeps}");
            }
        }
    }

    /// <summary>Gives the socket up, and ends the agent when its jobs have ended. Completes when another process may listen there.</summary>
    /// <param name="startsNext">Whether the next launcher may start an agent at once, even if this one was started a moment ago.</param>
    public Task YieldAsync(bool startsNext)
    {
        if (Interlocked.Exchange(ref _yields, 1) == 0)
        {
            LogYields(_logger, _options.Socket!);
            try
            {
                // From here on launchers find no agent. Those that connected before are in the accept queue, and are answered.
                File.Delete(_options.Socket!);
                if (startsNext)
                {
                    File.Delete(_options.Socket + AgentSocket.MarkSuffix);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The next agent replaces a socket on which nobody listens.
            }

            _closing = CloseAsync();
        }

        return _released.Task;
    }

    /// <summary>Stops accepting launchers, and releases the lock. Jobs in progress continue.</summary>
    private async Task CloseAsync()
    {
        await Task.Delay(LastCalls, TimeProvider.System).ConfigureAwait(false);
        _isClosed = true;
        await _listener!.DisposeAsync().ConfigureAwait(false);
        _lock?.Dispose();
        _released.TrySetResult();
    }

    /// <summary>The listener for launchers. After it was closed on purpose it accepts nobody, and the agent ends after the last launcher being served.</summary>
    private sealed class Door(ITransportListener listener, Agent agent) : IFirstByteListener
    {
        public FarmAddress LocalAddress => listener.LocalAddress;

        public void AwaitFirstByte(ConnectionLimits limits, Action dropped, TimeProvider time) => (listener as IFirstByteListener)?.AwaitFirstByte(limits, dropped, time);

        public async ValueTask<ITransportConnection?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            ITransportConnection? accepted = await listener.AcceptAsync(cancellationToken).ConfigureAwait(false);
            if (accepted is null && agent._isClosed)
            {
                // No launcher connects any more, which is no failure: the agent ends after the last launcher that is being served.
                await agent._idle.Unused.WaitAsync(cancellationToken).ConfigureAwait(false);
                agent._yielded.TrySetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            }

            return accepted;
        }

        public ValueTask DisposeAsync() => listener.DisposeAsync();
    }
}
