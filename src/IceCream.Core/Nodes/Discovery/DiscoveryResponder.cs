using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using IceCream.Interop.Icecream;
using IceCream.Jobs;
using IceCream.Wire;

namespace IceCream.Nodes.Discovery;

/// <summary>
/// Answers discovery queries on the local network. A scheduler that listens on loopback answers only this machine, and one that listens at one
/// interface's address answers only queries from that interface or from this machine.
/// </summary>
internal sealed class DiscoveryResponder : IAsyncDisposable
{
    private const int Burst = 256, PerSecond = 128;

    /// <summary>The rate of classic answers, which are many times as long as their queries, while a sender's address can be forged.</summary>
    private const int ClassicPerSecond = 16;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Socket _asked;
    private readonly Socket _answering;
    private readonly bool _loopbackOnly;
    private readonly HashSet<int>? _interfaces;
    private readonly DiscoveryMessage.Answer _answer;
    private readonly AnswerBudget _budget;
    private readonly AnswerBudget? _classicBudget;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _ending = new();
    private Task _running = Task.CompletedTask;

    private DiscoveryResponder(Socket asked, Socket answering, IPAddress listening, DiscoveryMessage.Answer answer, TimeProvider time, bool isClassic)
    {
        _asked = asked;
        _answering = answering;
        _loopbackOnly = IPAddress.IsLoopback(listening);
        _interfaces = listening.Equals(IPAddress.Any) || _loopbackOnly ? null : InterfacesOf(listening);
        _answer = answer;
        _time = time;
        _budget = new AnswerBudget(Burst, PerSecond, time);

        // Classic programs take the UDP port of an answer for the scheduler's TCP port.
        _classicBudget = isClassic && Port == answer.Port ? new AnswerBudget(ClassicPerSecond, ClassicPerSecond, time) : null;
    }

    /// <summary>The UDP port of queries.</summary>
    public int Port => ((IPEndPoint)_asked.LocalEndPoint!).Port;

    /// <summary>The identity of the scheduler in its answers: its start time and its TCP port.</summary>
    public (DateTimeOffset Started, int Port) Identity => (_answer.Started, _answer.Port);

    /// <summary>Completes when it no longer answers.</summary>
    public Task Completion => _running;

    /// <summary>Starts to answer.</summary>
    /// <param name="network">The scheduler's network.</param>
    /// <param name="release">The scheduler's release.</param>
    /// <param name="scheduler">The scheduler's TCP address.</param>
    /// <param name="port">The UDP port; 0 for any free one.</param>
    /// <param name="time">The clock.</param>
    /// <param name="isClassic">Whether queries of icecream's programs are answered too.</param>
    /// <exception cref="IOException">It cannot listen there: the message says why.</exception>
    public static DiscoveryResponder Start(string network, string release, FarmAddress scheduler, int port, TimeProvider time, bool isClassic = false)
    {
        IPAddress listening = FindIPv4(scheduler.Host)
            ?? throw new IOException($"{scheduler} is no IPv4 address of this machine, and broadcasts are IPv4.");
        bool isLoopback = IPAddress.IsLoopback(listening);
        Socket? asked = null, answering = null;
        try
        {
            // A socket bound to one interface's address receives no broadcasts. So it is bound to all, unless only this machine is served.
            asked = Bind(isLoopback ? listening : IPAddress.Any, port);

            // The client takes the sender's address for the scheduler's, so it must be the address at which the scheduler listens.
            answering = isLoopback || listening.Equals(IPAddress.Any) ? asked : Bind(listening, 0);
            var answer = new DiscoveryMessage.Answer(0, network, release, scheduler.Port, time.GetUtcNow());
            var responder = new DiscoveryResponder(asked, answering, listening, answer, time, isClassic);
            responder._running = responder.AnswerAsync();
            return responder;
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            asked?.Dispose();
            answering?.Dispose();
            throw e is IOException ? e : new IOException($"UDP port {port} cannot be used: {e.Message}", e);
        }
    }

    /// <summary>The answer to a datagram; null when there is none.</summary>
    /// <param name="datagram">Its bytes.</param>
    /// <param name="sender">Its claimed source address.</param>
    /// <param name="networkInterface">The number of the receiving interface.</param>
    internal byte[]? AnswerTo(ReadOnlyMemory<byte> datagram, IPAddress sender, int networkInterface = 0) =>
        IsAsker(sender, networkInterface)
        && DiscoveryMessage.TryDecode(datagram, out DiscoveryMessage? message)
        && message is DiscoveryMessage.Question question
        && question.Network == _answer.Network
        && _budget.TryTake()
            ? DiscoveryMessage.Encode(_answer with { Nonce = question.Nonce })
            : null;

    /// <summary>The answer to a datagram of icecream's programs; null when there is none.</summary>
    /// <param name="datagram">Its bytes.</param>
    /// <param name="sender">Its claimed source address.</param>
    /// <param name="networkInterface">The number of the receiving interface.</param>
    internal byte[]? ClassicAnswerTo(ReadOnlySpan<byte> datagram, IPAddress sender, int networkInterface = 0) =>
        _classicBudget is not null
        && IsAsker(sender, networkInterface)
        && DiscoveryReply.To(datagram, _answer.Network, _answer.Started) is { } answer
        && _classicBudget.TryTake()
            ? answer
            : null;

    /// <summary>Stops answering.</summary>
    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync().ConfigureAwait(false);
        // If the task has failed, its owner has already been told of the exception.
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _asked.Dispose();
        _answering.Dispose();
        _ending.Dispose();
    }

    private bool IsAsker(IPAddress sender, int networkInterface) =>
        (!_loopbackOnly || IPAddress.IsLoopback(sender)) && _interfaces?.Contains(networkInterface) is not false;

    private static Socket Bind(IPAddress address, int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            socket.Bind(new IPEndPoint(address, port));
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>The interface with an address, and the loopback interface.</summary>
    private static HashSet<int> InterfacesOf(IPAddress address)
    {
        try
        {
            return [.. NetworkInterface.GetAllNetworkInterfaces()
                .Select(static network => network.GetIPProperties())
                .Where(of => of.UnicastAddresses.Any(own => own.Address.Equals(address) || own.Address.Equals(IPAddress.Loopback)))
                .Select(static of => of.GetIPv4Properties().Index)];
        }
        catch (NetworkInformationException e)
        {
            throw new IOException($"The interface of {address} cannot be found out: {e.Message}", e);
        }
    }

    private static IPAddress? FindIPv4(string host)
    {
        if (host is "*" or "::")
        {
            return IPAddress.Any;
        }

        if (IPAddress.TryParse(host, out IPAddress? address))
        {
            return address.AddressFamily == AddressFamily.InterNetwork ? address : null;
        }

        try
        {
            return Array.Find(Dns.GetHostAddresses(host), static found => found.AddressFamily == AddressFamily.InterNetwork);
        }
        catch (SocketException)
        {
            // An unknown name has no IPv4 address either.
            return null;
        }
    }

    private async Task AnswerAsync()
    {
        // One byte more than a query has, so that a longer datagram is recognized.
        byte[] buffer = new byte[DiscoveryMessage.QuestionSize + 1];
        var anyone = new IPEndPoint(IPAddress.Any, 0);
        while (!_ending.IsCancellationRequested)
        {
            try
            {
                SocketReceiveMessageFromResult received = await _asked.ReceiveMessageFromAsync(buffer, SocketFlags.None, anyone, _ending.Token).ConfigureAwait(false);
                var sender = (IPEndPoint)received.RemoteEndPoint;
                if (AnswerTo(buffer.AsMemory(0, received.ReceivedBytes), sender.Address, received.PacketInformation.Interface) is { } answer)
                {
                    await SendAsync(_answering, answer, sender).ConfigureAwait(false);
                }
                else if (ClassicAnswerTo(buffer.AsSpan(0, received.ReceivedBytes), sender.Address, received.PacketInformation.Interface) is { } classic)
                {
                    await SendAsync(_asked, classic, sender).ConfigureAwait(false);
                }
            }
            catch (SocketException)
            {
                // Receiving a datagram failed. Clients repeat their queries; the pause avoids a busy loop if the kernel keeps failing.
                await Task.Delay(Pause, _time, _ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException)
            {
                // The scheduler is closing.
            }
        }
    }

    private async Task SendAsync(Socket from, byte[] answer, IPEndPoint asker)
    {
        try
        {
            await from.SendToAsync(answer, SocketFlags.None, asker, _ending.Token).ConfigureAwait(false);
        }
        catch (SocketException)
        {
            // A client that cannot be reached repeats its query.
        }
    }
}
