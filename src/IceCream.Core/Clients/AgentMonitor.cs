using IceCream.Jobs;
using IceCream.Transport;
using IceCream.Wire;

namespace IceCream.Clients;

/// <summary>Queries an agent from outside.</summary>
internal static class AgentMonitor
{
    /// <summary>Gets an agent's statistics.</summary>
    /// <param name="socket">The path of the agent's socket.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="IOException">No agent answers there: the message says why.</exception>
    public static async ValueTask<JobStatistics> GetStatisticsAsync(string socket, CancellationToken cancellationToken = default) =>
        await AskAsync(socket, new LauncherMessage.StatisticsRequest(), cancellationToken).ConfigureAwait(false) switch
        {
            LauncherMessage.StatisticsReply reply => reply.Statistics,
            LauncherMessage.Refused refused => throw new TransportException($"The agent at '{socket}' refused: {refused.Text}"),
            _ => throw new TransportException($"The agent at '{socket}' did not say what it has done."),
        };

    /// <summary>Asks an agent to give up its socket to another process. The agent ends when its jobs under way have ended.</summary>
    /// <returns>Null when the agent no longer listens there; else why it stays.</returns>
    /// <exception cref="IOException">No agent answers there: the message says why.</exception>
    internal static async ValueTask<string?> AskToYieldAsync(string socket, CancellationToken cancellationToken) =>
        await AskAsync(socket, new LauncherMessage.YieldRequest(), cancellationToken).ConfigureAwait(false) switch
        {
            LauncherMessage.Yielded => null,
            LauncherMessage.Refused refused => refused.Text,
            _ => throw new TransportException($"The agent at '{socket}' did not say whether it leaves."),
        };

    private static async ValueTask<LauncherMessage?> AskAsync(string socket, LauncherMessage question, CancellationToken cancellationToken)
    {
        ITransportConnection connection = await new UnixTransport().ConnectAsync(FarmAddress.Unix(socket), cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var channel = new AgentChannel(connection.Stream);
            await channel.SendAsync(question, cancellationToken).ConfigureAwait(false);
            try
            {
                return await channel.ReceiveAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (WireFormatException e)
            {
                throw new TransportException($"What answers at '{socket}' does not speak as an agent of this version: {e.Message} Restart it after an update.", e);
            }
        }
    }
}
