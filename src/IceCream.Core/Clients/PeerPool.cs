using System.Collections.Concurrent;
using IceCream.Identity;
using IceCream.Jobs;
using IceCream.Storage;
using IceCream.Transport;
using Microsoft.Extensions.Logging;

namespace IceCream.Clients;

/// <summary>An agent's connections to workers: one to each, made when first needed, shared by all jobs, and replaced after it broke.</summary>
/// <param name="transport">The transport to workers.</param>
/// <param name="network">The network's name.</param>
/// <param name="name">The agent's name.</param>
/// <param name="spool">Holds the files of results on their way.</param>
/// <param name="time">The clock for heartbeats and deadlines.</param>
/// <param name="logger">Logs the ends of connections.</param>
internal sealed class PeerPool(
    ITransport transport, string network, string name, Spool spool, TimeProvider time, ILogger<MultiplexedConnection> logger) : IAsyncDisposable
{
    /// <summary>How long a worker may take to be reached and to answer a greeting.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<FarmAddress, Lazy<Task<PeerClient>>> _clients = new();

    /// <summary>The connection to the worker of a lease.</summary>
    /// <exception cref="IOException">The worker cannot be reached, or refused: the message says which.</exception>
    public async ValueTask<PeerClient> GetAsync(SlotLease lease, CancellationToken cancellationToken)
    {
        FarmAddress worker = lease.Address;
        while (true)
        {
            // A caller may cancel its wait; the connection is made for the others all the same.
            Lazy<Task<PeerClient>> connecting = _clients.GetOrAdd(worker, _ => new Lazy<Task<PeerClient>>(() => ConnectAsync(lease)));
            if (connecting is { IsValueCreated: true, Value.IsFaulted: true })
            {
                // An attempt for which nobody waited to its end, perhaps long ago: it says nothing about the worker as it is now.
                Forget(worker, connecting);
                continue;
            }

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
                // The connection was never made, and its callers have been told.
            }
        }

        _clients.Clear();
    }

    private void Forget(FarmAddress worker, Lazy<Task<PeerClient>> connecting) =>
        _clients.TryRemove(new KeyValuePair<FarmAddress, Lazy<Task<PeerClient>>>(worker, connecting));

    /// <summary>Drops connections that have ended, because workers come back at other addresses.</summary>
    private async ValueTask ForgetEndedAsync()
    {
        foreach ((FarmAddress worker, Lazy<Task<PeerClient>> connecting) in _clients)
        {
            if (connecting is { IsValueCreated: true, Value: { IsCompletedSuccessfully: true } connected } && connected.Result.Closed.IsCompleted)
            {
                Forget(worker, connecting);
                await connected.Result.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private async Task<PeerClient> ConnectAsync(SlotLease lease)
    {
        await ForgetEndedAsync().ConfigureAwait(false);
        FarmAddress worker = lease.Address;
        using var deadline = new CancellationTokenSource(Patience, time);
        try
        {
            ITransportConnection connection = await transport.ConnectAsync(worker, deadline.Token).ConfigureAwait(false);
            if (connection.Identity is { } who && (!who.Roles.HasFlag(NodeRoles.Worker) || who.Name != lease.Worker))
            {
                await connection.DisposeAsync().ConfigureAwait(false);
                throw new TransportException($"Whoever answers at {worker} is '{who.Name}' with the role '{NodeRoleWords.Of(who.Roles)}', and not the worker '{lease.Worker}'.");
            }

            var connected = new MultiplexedConnection(connection, MultiplexedConnectionOptions.ControlOnly, time, logger);
            return await PeerClient.GreetAsync(connected, network, name, lease, spool, time, deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e)
        {
            throw new TransportException($"The worker at {worker} did not answer within {Patience.TotalSeconds} s.", e);
        }
    }
}
