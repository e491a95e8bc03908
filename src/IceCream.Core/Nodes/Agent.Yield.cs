using System.Globalization;
using IceCream.Clients;
using IceCream.Jobs;
using IceCream.Platform;
using IceCream.Transport;

namespace IceCream.Nodes;

// One agent per socket: how a place is taken, and how an agent that was started by the way leaves it to one that was meant.
internal sealed partial class Agent
{
    private const uint OwnerOnly = 0b111_000_000;

    /// <summary>How long launchers are still answered that had found the socket before it was given up.</summary>
    private static readonly TimeSpan LastCalls = TimeSpan.FromMilliseconds(100);

    /// <summary>From one try to take the place to the next, where its holder is just coming or going.</summary>
    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(50);

    /// <summary>How long the holder of a place is waited for.</summary>
    private static readonly TimeSpan Courtesy = TimeSpan.FromSeconds(10);

    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _yielded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _closing = Task.CompletedTask;
    private volatile bool _isClosed;
    private int _yields;

    /// <summary>Completes when nobody has used the agent for as long as its options allow, or when it has yielded and ended what it had under way.</summary>
    public Task Idle => Task.WhenAny(_idle.Idle, _yielded.Task);

    /// <summary>The lock of a socket. It ends with the process, and its file stays: to delete it would let two hold it.</summary>
    /// <exception cref="AgentAlreadyRunsException">Another agent has it and keeps it.</exception>
    private async ValueTask<FileStream> TakePlaceAsync(string socket, CancellationToken cancellationToken)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(socket))!;
        if (!Directory.Exists(folder))
        {
            // Over this socket goes what the user compiles, so nobody else may listen.
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
                // The other agent is starting or ending. In either case it is worth waiting for its answer.
                keeps = e.Message;
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // The pause below is ended by the same cancellation.
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

    /// <summary>Gives the socket up, and ends when what is under way has ended. Completes when somebody else may listen there.</summary>
    /// <param name="startsNext">Whether the next launcher is to start an agent, though this one may have been started a moment ago.</param>
    public Task YieldAsync(bool startsNext)
    {
        if (Interlocked.Exchange(ref _yields, 1) == 0)
        {
            LogYields(_logger, _options.Socket!);
            try
            {
                // From here on launchers find no agent. Those that connected before are in the queue, and are answered.
                File.Delete(_options.Socket!);
                if (startsNext)
                {
                    File.Delete(_options.Socket + AgentSocket.MarkSuffix);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Whoever comes next replaces a socket on which nobody listens.
            }

            _closing = CloseAsync();
        }

        return _released.Task;
    }

    /// <summary>Accepts no launcher any more, and frees the place. What is under way goes on.</summary>
    private async Task CloseAsync()
    {
        await Task.Delay(LastCalls, TimeProvider.System).ConfigureAwait(false);
        _isClosed = true;
        await _listener!.DisposeAsync().ConfigureAwait(false);
        _lock?.Dispose();
        _released.TrySetResult();
    }

    /// <summary>Where launchers come in. After it was closed on purpose nobody comes, and the agent's end waits for the last of those within.</summary>
    private sealed class Door(ITransportListener listener, Agent agent) : ITransportListener
    {
        public FarmAddress LocalAddress => listener.LocalAddress;

        public async ValueTask<ITransportConnection?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            ITransportConnection? accepted = await listener.AcceptAsync(cancellationToken).ConfigureAwait(false);
            if (accepted is null && agent._isClosed)
            {
                // No launcher comes any more, and that is no failure: the agent ends after the last launcher that is being served.
                await agent._idle.Unused.WaitAsync(cancellationToken).ConfigureAwait(false);
                agent._yielded.TrySetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            }

            return accepted;
        }

        public ValueTask DisposeAsync() => listener.DisposeAsync();
    }
}
