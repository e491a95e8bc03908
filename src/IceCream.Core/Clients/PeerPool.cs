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

    private readonly ConcurrentDictionary<FarmAddress, Call> _clients = new();
    private readonly CancellationTokenSource _closing = new();

    /// <summary>The connection to the worker of a lease.</summary>
    /// <exception cref="IOException">The worker cannot be reached, or refused: the message says which.</exception>
    public async ValueTask<PeerClient> GetAsync(SlotLease lease, CancellationToken cancellationToken)
    {
        FarmAddress worker = lease.Address;
        while (true)
        {
            // A caller may cancel its wait; the connection is made for the others all the same.
            Call connecting = _clients.GetOrAdd(worker, _ => new Call(() => ConnectAsync(lease), time.GetTimestamp()));
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

    /// <summary>For how long the worker of a lease has been called without an answer; zero when it has answered, and when it was not called.</summary>
    public TimeSpan UnansweredFor(SlotLease lease) =>
        _clients.TryGetValue(lease.Address, out Call? calling) && calling is { IsValueCreated: true, Value.IsCompleted: false } ? time.GetElapsedTime(calling.Since) : TimeSpan.Zero;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_closing.IsCancellationRequested)
        {
            return;
        }

        // Nobody waits for a worker that does not answer, not even the end of the agent.
        await _closing.CancelAsync().ConfigureAwait(false);
        foreach (Call connecting in _clients.Values)
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
        _closing.Dispose();
    }

    private void Forget(FarmAddress worker, Call connecting) =>
        _clients.TryRemove(new KeyValuePair<FarmAddress, Call>(worker, connecting));

    /// <summary>Drops connections that have ended, because workers come back at other addresses.</summary>
    private async ValueTask ForgetEndedAsync()
    {
        foreach ((FarmAddress worker, Call connecting) in _clients)
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
        if (_closing.IsCancellationRequested)
        {
            throw new TransportException("The agent is closing.");
        }

        await ForgetEndedAsync().ConfigureAwait(false);
        FarmAddress worker = lease.Address;
        using var late = new CancellationTokenSource(Patience, time);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(late.Token, _closing.Token);
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
            throw new TransportException(
                late.IsCancellationRequested ? $"The worker at {worker} did not answer within {Patience.TotalSeconds} s." : "The agent is closing.", e);
        }
    }

    /// <summary>A connection that is made, or was.</summary>
    /// <param name="connect">Makes it.</param>
    /// <param name="since">When the worker was called.</param>
    private sealed class Call(Func<Task<PeerClient>> connect, long since) : Lazy<Task<PeerClient>>(connect)
    {
        public long Since => since;
    }
}
