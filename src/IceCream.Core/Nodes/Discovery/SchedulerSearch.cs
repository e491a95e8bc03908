using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using IceCream.Wire;

namespace IceCream.Nodes.Discovery;

/// <summary>
/// One search for a scheduler: repeats the query until its time is up, and chooses the best answer. The answer to a broadcast comes from an address
/// that was not queried, so a firewall treats it as unsolicited and admits it by its port only. So the search listens on the documented port as soon
/// as no other process of this machine does.
/// </summary>
/// <param name="network">The network's name.</param>
/// <param name="from">The source address of queries; null: any.</param>
/// <param name="targets">The addresses to query: determined anew each time, since a network may come up meanwhile.</param>
/// <param name="port">The documented port; null: any free one.</param>
/// <param name="time">The clock.</param>
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

    /// <summary>How long to wait for others after the first answer.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromMilliseconds(300);

    /// <summary>Filters answers; null: all count.</summary>
    public Func<DiscoveredScheduler, bool>? IsWanted { get; init; }

    /// <summary>Searches.</summary>
    /// <returns>The scheduler; null when none answered.</returns>
    public async ValueTask<DiscoveredScheduler?> RunAsync(CancellationToken cancellationToken)
    {
        // Two token sources: extending the deadline of one that is just expiring could restart it.
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

    /// <summary>Repeats the query: a datagram may be lost without notice.</summary>
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

    /// <summary>Opens the missing sockets: the documented port, and another one until that is free. A machine without IPv4 has neither, and nobody to query.</summary>
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
            // The port is in use, or the machine does not have the address: the search continues with the sockets it has.
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
            // A network is down or forbids broadcasts. The other targets are queried all the same.
        }
    }

    /// <summary>Reads answers until the time is up. An answer that has arrived by then counts, even if it is read later.</summary>
    private async Task ReadAsync(Socket socket, Action answered, CancellationToken ending)
    {
        // One byte more than an answer may have, so that a longer datagram is recognized.
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
                // The time is up: continue with the answers that have already arrived.
            }
            catch (SocketException)
            {
                // An ICMP error: nobody listens at one of the targets. Others may.
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
