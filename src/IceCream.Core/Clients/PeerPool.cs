using System.Collections.Concurrent;
using IceCream.Jobs;
using IceCream.Transport;

namespace IceCream.Clients;

/// <summary>An agent's connections to workers: one to each, made when first needed, shared by all jobs, and made anew after it broke.</summary>
/// <param name="transport">How workers are reached.</param>
/// <param name="network">The network's name.</param>
/// <param name="name">The agent's name.</param>
/// <param name="time">For heartbeats, and the deadline of a greeting.</param>
internal sealed class PeerPool(ITransport transport, string network, string name, TimeProvider time) : IAsyncDisposable
{
    /// <summary>A worker that does not answer a greeting by then is out of reach.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<FarmAddress, Lazy<Task<PeerClient>>> _clients = new();

    /// <summary>The connection to a worker.</summary>
    /// <exception cref="IOException">It cannot be reached, or refused: the message says which.</exception>
    public async ValueTask<PeerClient> GetAsync(FarmAddress worker, CancellationToken cancellationToken)
    {
        while (true)
        {
            // Whoever waits may leave; the connection is made for the others all the same.
            Lazy<Task<PeerClient>> connecting = _clients.GetOrAdd(worker, at => new Lazy<Task<PeerClient>>(() => ConnectAsync(at)));
            PeerClient client;
            try
            {
                client = await connecting.Value.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception) when (connecting.Value.IsFaulted)
            {
                Forget(worker, connecting);
                throw;
            }

            if (!client.Closed.IsCompleted)
            {
                return client;
            }

            Forget(worker, connecting);
            await client.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (Lazy<Task<PeerClient>> connecting in _clients.Values)
        {
            try
            {
                await (await connecting.Value.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
            }
            catch (IOException)
            {
                // It was never connected: whoever wanted it has been told.
            }
        }

        _clients.Clear();
    }

    private void Forget(FarmAddress worker, Lazy<Task<PeerClient>> connecting) =>
        _clients.TryRemove(new KeyValuePair<FarmAddress, Lazy<Task<PeerClient>>>(worker, connecting));

    private async Task<PeerClient> ConnectAsync(FarmAddress worker)
    {
        using var deadline = new CancellationTokenSource(Patience, time);
        try
        {
            ITransportConnection connection = await transport.ConnectAsync(worker, deadline.Token).ConfigureAwait(false);
            return await PeerClient.GreetAsync(new MultiplexedConnection(connection, time: time), network, name, deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e)
        {
            throw new TransportException($"The worker at {worker} did not answer within {Patience.TotalSeconds} s.", e);
        }
    }
}
