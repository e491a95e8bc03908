using System.Collections.Immutable;
using IceCream.Clients;
using IceCream.Jobs;
using IceCream.Transport;
using IceCream.Wire;

namespace IceCream.Nodes.Discovery;

/// <summary>
/// The schedulers of a network by their rank: a node is with the first that answers. So all nodes of a network, which name the same in the same order, come
/// together at one. Used by one link.
/// </summary>
/// <param name="named">By rank; at least one.</param>
/// <param name="transport">How they are reached.</param>
/// <param name="network">The network that they serve.</param>
/// <param name="interval">How often a node that is with a later one asks whether an earlier one answers again.</param>
/// <param name="time">For pauses.</param>
internal sealed class NamedSchedulers(ImmutableArray<FarmAddress> named, ITransport transport, string network, TimeSpan interval, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    private int _next;
    private bool _isJoined;

    /// <summary>Whom to try now.</summary>
    public FarmAddress Current => named[_next];

    /// <summary>The current one has welcomed the node.</summary>
    public void Join() => _isJoined = true;

    /// <summary>There is no connection. After one that was good the first is tried, after a failure the next.</summary>
    public void Lose()
    {
        _next = _isJoined ? 0 : (_next + 1) % named.Length;
        _isJoined = false;
    }

    /// <summary>Completes when a scheduler that is named before another answers; for the first never.</summary>
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
            // The scheduler does not answer, or refuses. The node stays with the one that it has.
            return false;
        }
    }
}
