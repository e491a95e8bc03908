using IceCream.Jobs;
using IceCream.Transport;
using IceCream.Wire;

namespace IceCream.Clients;

/// <summary>Looks at an agent from outside.</summary>
public static class AgentMonitor
{
    /// <summary>Asks an agent what it has done.</summary>
    /// <param name="socket">The path of its socket.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="IOException">No agent answers there, or it is none: the message says which.</exception>
    public static async ValueTask<JobStatistics> GetStatisticsAsync(string socket, CancellationToken cancellationToken = default)
    {
        ITransportConnection connection = await new UnixTransport().ConnectAsync(FarmAddress.Unix(socket), cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var channel = new AgentChannel(connection.Stream);
            await channel.SendAsync(new LauncherMessage.StatisticsRequest(), cancellationToken).ConfigureAwait(false);
            try
            {
                return await channel.ReceiveAsync(cancellationToken).ConfigureAwait(false) switch
                {
                    LauncherMessage.StatisticsReply reply => reply.Statistics,
                    LauncherMessage.Refused refused => throw new TransportException($"The agent at '{socket}' refused: {refused.Text}"),
                    _ => throw new TransportException($"The agent at '{socket}' did not say what it has done."),
                };
            }
            catch (WireFormatException e)
            {
                throw new TransportException($"What answers at '{socket}' does not speak as an agent: {e.Message}", e);
            }
        }
    }
}
