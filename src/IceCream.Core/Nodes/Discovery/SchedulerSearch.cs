using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using IceCream.Wire;

namespace IceCream.Nodes.Discovery;

/// <summary>
/// One search for a scheduler: asks again and again until its time is up, and takes the best of the answers. The answer to a broadcast comes
/// from an address that was not asked, so a firewall takes it for a question of its own and lets it in by its port alone: the search listens
/// on the port that is documented, as soon as nobody else of this machine does.
/// </summary>
/// <param name="network">The network's name.</param>
/// <param name="from">The address to ask from; null: any.</param>
/// <param name="targets">Where to ask: found out each time, since a network may come up meanwhile.</param>
/// <param name="port">The documented port; null: any free one does.</param>
/// <param name="time">The time.</param>
internal sealed class SchedulerSearch(string network, IPAddress? from, Func<IReadOnlyCollection<IPEndPoint>> targets, int? port, TimeProvider time)
{
    private const int LateAnswers = 64;

    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan AskAgain = TimeSpan.FromMilliseconds(600);

    private readonly DiscoveryMessage.Question _question = new(BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long))), network);
    private readonly List<Socket> _sockets = [];
    private readonly List<Task> _readers = [];
    private readonly Lock _lock = new();
    private DiscoveredScheduler? _best;
    private bool _isKnown;

    /// <summary>How long others are waited for after the first that answered.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromMilliseconds(300);

    /// <summary>Whose answer counts; null: anybody's.</summary>
    public Func<DiscoveredScheduler, bool>? IsWanted { get; init; }

    /// <summary>Searches.</summary>
    /// <returns>The scheduler; null when none answered.</returns>
    public async ValueTask<DiscoveredScheduler?> RunAsync(CancellationToken cancellationToken)
    {
        // Two clocks, since moving the deadline of one that is just running out would let it run again.
        using var waiting = new CancellationTokenSource(Wait, time);
        using var grace = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(waiting.Token, grace.Token, cancellationToken);
        try
        {
            await AskAsync(() => grace.CancelAfter(Grace), ending.Token).ConfigureAwait(false);
            await Task.WhenAll(_readers).ConfigureAwait(false);
        }
        finally
        {
            _sockets.ForEach(static socket => socket.Dispose());
        }

        cancellationToken.ThrowIfCancellationRequested();
        return _best;
    }

    /// <summary>Asks again and again: a datagram may be lost, and nobody says so.</summary>
    private async Task AskAsync(Action answered, CancellationToken ending)
    {
        byte[] question = DiscoveryMessage.Encode(_question);
        using var timer = new PeriodicTimer(AskAgain, time);
        try
        {
            do
            {
                Listen(answered, ending);
                if (_sockets.Count == 0)
                {
                    return;
                }

                foreach (IPEndPoint target in targets())
                {
                    await SendAsync(_sockets[^1], question, target, ending).ConfigureAwait(false);
                }
            }
            while (await timer.WaitForNextTickAsync(ending).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            // The search is over.
        }
    }

    /// <summary>Opens what is still missing: the documented port, and until that is free another. A machine without IPv4 has neither, and nobody to ask.</summary>
    private void Listen(Action answered, CancellationToken ending)
    {
        if (_isKnown)
        {
            return;
        }

        Socket? socket = port is { } known ? TryOpen(known) : null;
        _isKnown = socket is not null;
        socket ??= _sockets.Count == 0 ? TryOpen(0) : null;
        if (socket is not null)
        {
            _sockets.Add(socket);
            _readers.Add(ReadAsync(socket, answered, ending));
        }
    }

    private Socket? TryOpen(int at)
    {
        Socket? socket = null;
        try
        {
            socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { EnableBroadcast = true };
            socket.Bind(new IPEndPoint(from ?? IPAddress.Any, at));
            return socket;
        }
        catch (SocketException)
        {
            // Somebody else has the port, or the machine has no such address: the search goes on with what there is.
            socket?.Dispose();
            return null;
        }
    }

    private static async Task SendAsync(Socket socket, byte[] question, IPEndPoint target, CancellationToken ending)
    {
        try
        {
            await socket.SendToAsync(question, SocketFlags.None, target, ending).ConfigureAwait(false);
        }
        catch (SocketException)
        {
            // A network that is down or forbids broadcasts; the others are asked all the same.
        }
    }

    /// <summary>Takes the answers until the time is up. What has arrived by then counts, even if it is read later.</summary>
    private async Task ReadAsync(Socket socket, Action answered, CancellationToken ending)
    {
        // One byte more than an answer may have, so that a longer datagram is seen to be longer.
        byte[] buffer = new byte[DiscoveryMessage.QuestionSize + 1];
        for (int late = 0; late < LateAnswers;)
        {
            bool isOver = ending.IsCancellationRequested;
            if (isOver && socket.Available == 0)
            {
                return;
            }

            late += isOver ? 1 : 0;
            try
            {
                SocketReceiveFromResult received = await socket.ReceiveFromAsync(
                    buffer, SocketFlags.None, new IPEndPoint(IPAddress.Any, 0), isOver ? CancellationToken.None : ending).ConfigureAwait(false);
                if (Read(buffer.AsMemory(0, received.ReceivedBytes), ((IPEndPoint)received.RemoteEndPoint).Address) is { } found)
                {
                    Take(found, answered);
                }
            }
            catch (OperationCanceledException)
            {
                // The time is up: on to what has arrived.
            }
            catch (SocketException)
            {
                // The news that nobody answers at one of the targets. Others may.
            }
        }
    }

    private void Take(DiscoveredScheduler found, Action answered)
    {
        if (IsWanted?.Invoke(found) is false)
        {
            return;
        }

        lock (_lock)
        {
            if (_best is null)
            {
                answered();
            }

            _best = _best is { } known && known.CompareTo(found) <= 0 ? known : found;
        }
    }

    private DiscoveredScheduler? Read(ReadOnlyMemory<byte> datagram, IPAddress sender) =>
        DiscoveryMessage.TryDecode(datagram, out DiscoveryMessage? message)
        && message is DiscoveryMessage.Answer { Port: > 0 } answer && answer.Nonce == _question.Nonce && answer.Network == _question.Network
            ? new DiscoveredScheduler(answer.Started, sender, answer.Port)
            : null;
}
