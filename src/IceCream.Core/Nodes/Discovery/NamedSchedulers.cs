using System.Collections.Immutable;
using IceCream.Clients;
using IceCream.Jobs;
using IceCream.Transport;
using IceCream.Transport.Tls;
using IceCream.Wire;

namespace IceCream.Nodes.Discovery;

/// <summary>
/// The configured schedulers of a network by rank: a node uses the first that answers. So all nodes with the same list meet at the same scheduler.
/// Used by one link.
/// </summary>
/// <param name="named">The schedulers by rank; at least one.</param>
/// <param name="transport">The transport.</param>
/// <param name="network">The schedulers' network.</param>
/// <param name="interval">How often a node at a lower-ranked scheduler checks whether a higher-ranked one answers again.</param>
/// <param name="time">The clock for pauses.</param>
internal sealed class NamedSchedulers(ImmutableArray<FarmAddress> named, ITransport transport, string network, TimeSpan interval, TimeProvider time)
{
    /// <summary>How long a higher-ranked scheduler has to welcome a caller: as long as a node gives it that wants to join.</summary>
    private static readonly TimeSpan Patience = TlsHandshake.PatienceToConnect + TlsHandshake.Patience;

    private int _next;
    private bool _isJoined;

    /// <summary>The scheduler to try now.</summary>
    public FarmAddress Current => named[_next];

    /// <summary>Notes that the current one has welcomed the node.</summary>
    public void Join() => _isJoined = true;

    /// <summary>
    /// Notes a lost connection or a failed attempt. After an established connection the first scheduler is tried next, after a failure the following
    /// one.
    /// </summary>
    public void Lose()
    {
        _next = _isJoined ? 0 : (_next + 1) % named.Length;
        _isJoined = false;
    }

    /// <summary>Completes when a scheduler that ranks before a given one answers; never for the first one.</summary>
    public async Task AwaitEarlierAsync(FarmAddress than, CancellationToken cancellationToken)
    {
        ImmutableArray<FarmAddress> earlier = [.. named.TakeWhile(address => address != than)];
        if (earlier.IsEmpty)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, time, cancellationToken).ConfigureAwait(false);
        }

        while (true)
        {
            await Task.Delay(interval, time, cancellationToken).ConfigureAwait(false);
            foreach (FarmAddress address in earlier)
            {
                if (await AnswersAsync(address, cancellationToken).ConfigureAwait(false))
                {
                    return;
                }
            }
        }
    }

    private async ValueTask<bool> AnswersAsync(FarmAddress address, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            var connection = new MultiplexedConnection(await transport.ConnectAsync(address, either.Token).ConfigureAwait(false), MultiplexedConnectionOptions.ControlOnly, time);
            SchedulerClient client = await SchedulerClient.GreetAsync(
                connection, new SchedulerMessage.MonitorHello(SchedulerMessage.ProtocolVersion, network), either.Token).ConfigureAwait(false);
            await client.DisposeAsync().ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            // The scheduler does not answer, or refuses. The node stays with its current one.
            return false;
        }
    }
}
