using IceCream.Jobs;
using IceCream.Transport;
using IceCream.Wire;

namespace IceCream.Clients;

/// <summary>Looks at a farm from outside.</summary>
public static class FarmMonitor
{
    /// <summary>Asks a scheduler for its farm.</summary>
    /// <param name="transport">How to reach it.</param>
    /// <param name="scheduler">Where it answers.</param>
    /// <param name="network">The name of the network that it must serve; empty: whichever it serves.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="IOException">It cannot be reached, refuses, or is no scheduler: the message says which.</exception>
    public static async ValueTask<FarmStatus> GetStatusAsync(
        ITransport transport, FarmAddress scheduler, string network, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(transport);
        var connection = new MultiplexedConnection(await transport.ConnectAsync(scheduler, cancellationToken).ConfigureAwait(false));
        SchedulerClient client = await SchedulerClient.GreetAsync(
            connection, new SchedulerMessage.MonitorHello(SchedulerMessage.ProtocolVersion, network), cancellationToken).ConfigureAwait(false);
        await using (client.ConfigureAwait(false))
        {
            client.Say(new SchedulerMessage.StatusRequest());
            try
            {
                return await client.ReceiveAsync(cancellationToken).ConfigureAwait(false) is SchedulerMessage.StatusReply reply
                    ? reply.Status
                    : throw new TransportException($"The scheduler at {scheduler} did not say how its farm is.");
            }
            catch (WireFormatException e)
            {
                throw new TransportException($"{scheduler} does not speak as a scheduler: {e.Message}", e);
            }
        }
    }
}
