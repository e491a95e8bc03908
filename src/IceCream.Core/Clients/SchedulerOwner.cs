using IceCream.Identity;
using IceCream.Jobs;
using IceCream.Transport;
using IceCream.Wire;

namespace IceCream.Clients;

/// <summary>The requests that only the owner of a scheduler may make, over the Unix socket that is the owner's alone.</summary>
/// <param name="socket">The path of that socket.</param>
internal sealed class SchedulerOwner(string socket)
{
    /// <summary>Makes a token with which machines can join.</summary>
    /// <exception cref="IOException">The scheduler does not run, does not run as this user, or has no authority: the message says which.</exception>
    public async Task<string> CreateTokenAsync(NodeRoles roles, TimeSpan lifetime, int uses, CancellationToken cancellationToken) =>
        await AskAsync(new SchedulerMessage.TokenRequest(roles, lifetime, uses), cancellationToken).ConfigureAwait(false) is SchedulerMessage.TokenReply reply ? reply.Token : throw NoAnswer();

    /// <summary>Makes a token with which a browser can view the farm.</summary>
    /// <exception cref="IOException">As above.</exception>
    public async Task<string> CreateReadTokenAsync(TimeSpan lifetime, CancellationToken cancellationToken) =>
        await AskAsync(new SchedulerMessage.ReadTokenRequest(lifetime), cancellationToken).ConfigureAwait(false) is SchedulerMessage.TokenReply reply ? reply.Token : throw NoAnswer();

    /// <summary>Revokes the certificates of a node.</summary>
    /// <returns>How many certificates the node had.</returns>
    /// <exception cref="IOException">As above.</exception>
    public async Task<int> RevokeAsync(string node, CancellationToken cancellationToken) =>
        await AskAsync(new SchedulerMessage.RevokeRequest(node), cancellationToken).ConfigureAwait(false) is SchedulerMessage.RevokeReply reply ? reply.Certificates : throw NoAnswer();

    private async Task<SchedulerMessage?> AskAsync(SchedulerMessage question, CancellationToken cancellationToken)
    {
        if (!File.Exists(socket))
        {
            throw new IOException($"No scheduler of this user runs here: there is no '{socket}'. Start one by 'icehost scheduler', or say with --state-dir where it keeps its state.");
        }

        var connection = new MultiplexedConnection(await new UnixTransport().ConnectAsync(FarmAddress.Unix(socket), cancellationToken).ConfigureAwait(false));
        SchedulerClient client = await SchedulerClient.GreetAsync(
            connection, new SchedulerMessage.MonitorHello(SchedulerMessage.ProtocolVersion, ""), cancellationToken).ConfigureAwait(false);
        await using (client.ConfigureAwait(false))
        {
            client.Say(question);
            try
            {
                SchedulerMessage? answer = await client.ReceiveAsync(cancellationToken).ConfigureAwait(false);
                return answer is SchedulerMessage.Refused refused ? throw new IOException(refused.Message) : answer;
            }
            catch (WireFormatException e)
            {
                throw new TransportException($"'{socket}' does not speak as a scheduler: {e.Message}", e);
            }
        }
    }

    private TransportException NoAnswer() => new($"The scheduler at '{socket}' gave no answer. Its log says why.");
}
