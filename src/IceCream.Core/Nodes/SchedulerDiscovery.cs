using System.Buffers.Binary;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using IceCream.Jobs;
using IceCream.Wire;

namespace IceCream.Nodes;

/// <summary>Finds a scheduler by asking the local network. Whoever answers is believed: what it is, the connection to it shows.</summary>
public static class SchedulerDiscovery
{
    private const int LateAnswers = 64;

    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan AskAgain = TimeSpan.FromMilliseconds(600);

    /// <summary>Asks every IPv4 network of this machine, and the machine itself, for the scheduler of a network.</summary>
    /// <param name="network">The network's name: 1 to 256 bytes of UTF-8, compared letter by letter.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <returns>
    /// Its address; null when none answered within two seconds. Of several that answer within 300 ms of the first, the one that has been
    /// running longest; of one scheduler's several addresses one that other machines can use too, and of those the lowest.
    /// </returns>
    /// <exception cref="ArgumentException">The name is empty or too long.</exception>
    public static ValueTask<FarmAddress?> FindAsync(string network, CancellationToken cancellationToken = default) =>
        FindAsync(network, FindTargets(FarmAddress.SchedulerPort), TimeProvider.System, cancellationToken);

    internal static async ValueTask<FarmAddress?> FindAsync(
        string network, IReadOnlyCollection<IPEndPoint> targets, TimeProvider time, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(network);
        if (Encoding.UTF8.GetByteCount(network) > WireLimits.Name)
        {
            throw new ArgumentException($"The network's name is longer than {WireLimits.Name} bytes.", nameof(network));
        }

        using var waiting = new CancellationTokenSource(Wait, time);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(waiting.Token, cancellationToken);
        var question = new DiscoveryMessage.Question(BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long))), network);
        using Socket? socket = TryOpen();
        if (socket is null)
        {
            return null;
        }

        Task asking = AskAsync(socket, DiscoveryMessage.Encode(question), targets, time, ending.Token);
        DiscoveredScheduler? best = null;
        await foreach (DiscoveredScheduler found in ReadAnswersAsync(socket, question, ending.Token).ConfigureAwait(false))
        {
            if (best is null)
            {
                waiting.CancelAfter(Grace);
            }

            best = best is { } known && known.CompareTo(found) <= 0 ? known : found;
        }

        await asking.ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        return best?.ToAddress();
    }

    /// <summary>Where to ask: this machine, the network that the kernel prefers, and every other one that it is part of.</summary>
    internal static IReadOnlyCollection<IPEndPoint> FindTargets(int port)
    {
        var targets = new HashSet<IPEndPoint> { new(IPAddress.Loopback, port), new(IPAddress.Broadcast, port) };
        try
        {
            foreach (UnicastIPAddressInformation own in NetworkInterface.GetAllNetworkInterfaces()
                .Where(static network => network.OperationalStatus is OperationalStatus.Up or OperationalStatus.Unknown)
                .SelectMany(static network => network.GetIPProperties().UnicastAddresses)
                .Where(static own => own.Address.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(own.Address) && own.PrefixLength < 31))
            {
                targets.Add(new IPEndPoint(BroadcastOf(own.Address, own.PrefixLength), port));
            }
        }
        catch (NetworkInformationException)
        {
            // Where the kernel does not list its interfaces, the two that need no list are asked.
        }

        return targets;
    }

    internal static IPAddress BroadcastOf(IPAddress address, int prefix)
    {
        uint own = BinaryPrimitives.ReadUInt32BigEndian(address.GetAddressBytes());
        byte[] broadcast = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(broadcast, own | (uint)(uint.MaxValue >> prefix));
        return new IPAddress(broadcast);
    }

    private static Socket? TryOpen()
    {
        try
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { EnableBroadcast = true };
            socket.Bind(new IPEndPoint(IPAddress.Any, 0));
            return socket;
        }
        catch (SocketException)
        {
            // A machine without IPv4 has nobody to ask.
            return null;
        }
    }

    /// <summary>Asks again and again: a datagram may be lost, and nobody says so.</summary>
    private static async Task AskAsync(
        Socket socket, byte[] question, IReadOnlyCollection<IPEndPoint> targets, TimeProvider time, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(AskAgain, time);
        try
        {
            do
            {
                foreach (IPEndPoint target in targets)
                {
                    try
                    {
                        await socket.SendToAsync(question, SocketFlags.None, target, cancellationToken).ConfigureAwait(false);
                    }
                    catch (SocketException)
                    {
                        // A network that is down or forbids broadcasts; the others are asked all the same.
                    }
                }
            }
            while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            // The search is over.
        }
    }

    /// <summary>The answers to a question, until its time is up. What has arrived by then counts, even if it is read later.</summary>
    private static async IAsyncEnumerable<DiscoveredScheduler> ReadAnswersAsync(
        Socket socket, DiscoveryMessage.Question question, [EnumeratorCancellation] CancellationToken ending)
    {
        // One byte more than an answer may have, so that a longer datagram is seen to be longer.
        byte[] buffer = new byte[DiscoveryMessage.QuestionSize + 1];
        for (int late = 0; late < LateAnswers;)
        {
            bool isOver = ending.IsCancellationRequested;
            if (isOver && socket.Available == 0)
            {
                yield break;
            }

            late += isOver ? 1 : 0;
            DiscoveredScheduler? found = null;
            try
            {
                SocketReceiveFromResult received = await socket.ReceiveFromAsync(
                    buffer, SocketFlags.None, new IPEndPoint(IPAddress.Any, 0), isOver ? CancellationToken.None : ending).ConfigureAwait(false);
                found = Read(buffer.AsMemory(0, received.ReceivedBytes), ((IPEndPoint)received.RemoteEndPoint).Address, question);
            }
            catch (OperationCanceledException)
            {
                // The time is up: on to what has arrived.
            }
            catch (SocketException)
            {
                // The news that nobody answers at one of the targets. Others may.
            }

            if (found is { } answered)
            {
                yield return answered;
            }
        }
    }

    private static DiscoveredScheduler? Read(ReadOnlyMemory<byte> datagram, IPAddress sender, DiscoveryMessage.Question question) =>
        DiscoveryMessage.TryDecode(datagram, out DiscoveryMessage? message)
        && message is DiscoveryMessage.Answer { Port: > 0 } answer && answer.Nonce == question.Nonce && answer.Network == question.Network
            ? new DiscoveredScheduler(answer.Started, sender, answer.Port)
            : null;
}
