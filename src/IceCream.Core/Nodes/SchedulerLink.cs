using IceCream.Clients;
using IceCream.Diagnostics;
using IceCream.Identity;
using IceCream.Jobs;
using IceCream.Transport;
using IceCream.Transport.Tls;
using IceCream.Wire;
using Microsoft.Extensions.Logging;

namespace IceCream.Nodes;

/// <summary>A node's role towards its scheduler. The callbacks do not overlap.</summary>
/// <param name="Name">The node's function, for the log.</param>
/// <param name="Hello">Creates the greeting, for each connection anew, given the scheduler's address.</param>
/// <param name="Joined">Called when the scheduler has welcomed the node.</param>
/// <param name="Received">Called for each message of the scheduler.</param>
/// <param name="Lost">Called with the reason when the connection is lost, and for each attempt that fails.</param>
internal sealed record SchedulerRole(
    string Name,
    Func<FarmAddress, SchedulerMessage> Hello,
    Action<SchedulerClient> Joined,
    Action<SchedulerMessage> Received,
    Action<string> Lost);

/// <summary>Keeps a node connected to its scheduler: finds it, greets it, receives its messages, and reconnects after every loss.</summary>
/// <param name="find">Finds the scheduler's current address; null when it is unknown.</param>
/// <param name="transport">The transport.</param>
/// <param name="insecure">Whether unencrypted connections to other machines are allowed.</param>
/// <param name="role">The node's role.</param>
/// <param name="time">The clock for pauses and heartbeats.</param>
/// <param name="chance">Randomizes the pauses.</param>
/// <param name="logger">Logs losses.</param>
/// <param name="connectionLogger">Logs the ends of connections.</param>
/// <param name="preferred">Completes when the node must leave the scheduler at the address for another one; null: it stays as long as it can.</param>
internal sealed partial class SchedulerLink(
    Func<CancellationToken, ValueTask<FarmAddress?>> find, ITransport transport, bool insecure, SchedulerRole role, TimeProvider time, Random chance,
    ILogger logger, ILogger<MultiplexedConnection> connectionLogger, Func<FarmAddress, CancellationToken, Task>? preferred = null)
{
    /// <summary>
    /// The pauses before reconnecting. Even the longest one, extended by half for spreading, leaves time to connect within five seconds of a
    /// scheduler's return.
    /// </summary>
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(100), LongestPause = TimeSpan.FromSeconds(2);

    /// <summary>The timeout of an attempt to find, reach and greet a scheduler: a search, a connection, and what the scheduler allows for the greeting.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        TimeSpan pause = ShortestPause;
        string? told = null;
        while (!cancellationToken.IsCancellationRequested)
        {
            string reason;
            try
            {
                reason = await ServeAsync(() => pause = ShortestPause, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is IOException or WireFormatException)
            {
                reason = e.Message;
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                reason = $"The scheduler did not answer within {Patience.TotalSeconds} s.";
            }
            catch (OperationCanceledException)
            {
                return;
            }

            role.Lost(reason);
            if (reason != told)
            {
                LogLost(logger, role.Name, reason);
                told = reason;
            }

            try
            {
                // Random pauses keep nodes that lost the same scheduler from reconnecting all at once.
                await Task.Delay(pause * (0.5 + chance.NextDouble()), time, cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    private async ValueTask<ITransportConnection> ConnectAsync(FarmAddress scheduler, CancellationToken cancellationToken)
    {
        // Who proves who it is does so within the connection attempt: a slow machine needs longer for that than to answer at all.
        TimeSpan patience = TlsHandshake.PatienceToConnect + (transport.Secures(scheduler) ? TlsHandshake.Patience : TimeSpan.Zero);
        using var deadline = new CancellationTokenSource(patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            return await transport.ConnectAsync(scheduler, either.Token).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw new IOException($"{e.Message.TrimEnd('.')}. ICECREAM_SCHEDULER or --scheduler names another scheduler.", e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException($"Nobody answered at {scheduler} within {patience.TotalSeconds} s.", e);
        }
    }

    private async ValueTask<string> ServeAsync(Action welcomed, CancellationToken cancellationToken)
    {
        SchedulerClient client;
        FarmAddress joined;
        using (var deadline = new CancellationTokenSource(Patience, time))
        using (var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken))
        {
            if (await find(either.Token).ConfigureAwait(false) is not { } scheduler)
            {
                return "No scheduler of this network answers. Start one, or name its address by ICECREAM_SCHEDULER or --scheduler.";
            }

            if (!scheduler.IsLocal && !insecure && !transport.Secures(scheduler))
            {
                return $"The scheduler at {scheduler} is on another machine, and the connection would be in the clear. Join its farm by --join-file, or on a closed network allow that by ICECREAM_INSECURE=1 or --insecure.";
            }

            ITransportConnection connection = await ConnectAsync(scheduler, either.Token).ConfigureAwait(false);
            if (connection.Identity is { } who && !who.Roles.HasFlag(NodeRoles.Scheduler))
            {
                await connection.DisposeAsync().ConfigureAwait(false);
                return $"Whoever answers at {scheduler} is '{who.Name}' of this farm, and no scheduler.";
            }

            client = await SchedulerClient.GreetAsync(
                new MultiplexedConnection(connection, MultiplexedConnectionOptions.ControlOnly, time, connectionLogger), role.Hello(scheduler), either.Token).ConfigureAwait(false);
            LogJoined(logger, role.Name, client.Welcome.Network, scheduler);
            joined = scheduler;
        }

        await using (client.ConfigureAwait(false))
        {
            welcomed();
            role.Joined(client);
            using var leaving = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            Task better = preferred is null ? Task.CompletedTask : LeaveAsync(preferred(joined, leaving.Token), leaving);
            try
            {
                while (await client.ReceiveAsync(leaving.Token).ConfigureAwait(false) is { } message)
                {
                    role.Received(Checked(message, joined));
                }
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return "A scheduler that is named before it answers again.";
            }
            finally
            {
                await leaving.CancelAsync().ConfigureAwait(false);
                await better.ConfigureAwait(false);
            }

            return client.Closed.IsCompleted ? await client.Closed.ConfigureAwait(false) : "The scheduler closed the connection.";
        }
    }

    /// <summary>Rejects an address that is valid on one machine only when it comes from the network: it would name another place, or none, on this machine.</summary>
    private static SchedulerMessage Checked(SchedulerMessage message, FarmAddress scheduler)
    {
        FarmAddress? worker = message switch { SchedulerMessage.Grant grant => grant.Lease.Address, SchedulerMessage.Renew renewed => renewed.Lease.Address, _ => null };
        return scheduler.Scheme != "tcp" || worker is null or { Scheme: "tcp" } ? message
            : throw new WireFormatException($"The scheduler at {scheduler} names the worker's address {worker}, which is a place of one machine.");
    }

    private static async Task LeaveAsync(Task better, CancellationTokenSource leaving)
    {
        await better.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await leaving.CancelAsync().ConfigureAwait(false);
    }

    [LoggerMessage(EventIds.SchedulerJoined, LogLevel.Information, "The {Role} has joined network '{Network}' at {Scheduler}.")]
    private static partial void LogJoined(ILogger logger, string role, string network, FarmAddress scheduler);

    [LoggerMessage(EventIds.SchedulerLost, LogLevel.Warning, "The {Role} has no scheduler: {Reason} It goes on trying.")]
    private static partial void LogLost(ILogger logger, string role, string reason);
}
