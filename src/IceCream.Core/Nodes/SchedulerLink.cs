using IceCream.Clients;
using IceCream.Diagnostics;
using IceCream.Identity;
using IceCream.Jobs;
using IceCream.Transport;
using IceCream.Wire;
using Microsoft.Extensions.Logging;

namespace IceCream.Nodes;

/// <summary>What a node is to its scheduler. The calls come one after the other.</summary>
/// <param name="Name">For the log: what the node does.</param>
/// <param name="Hello">The greeting, made anew for every connection to the scheduler at the address.</param>
/// <param name="Joined">The scheduler has welcomed the node.</param>
/// <param name="Received">The scheduler said something.</param>
/// <param name="Lost">There is no connection, and why. Also called for each attempt that fails.</param>
internal sealed record SchedulerRole(
    string Name,
    Func<FarmAddress, SchedulerMessage> Hello,
    Action<SchedulerClient> Joined,
    Action<SchedulerMessage> Received,
    Action<string> Lost);

/// <summary>Keeps a node connected to its scheduler: found, greeted, listened to, and again after every loss.</summary>
/// <param name="find">Where the scheduler is now; null when nobody knows.</param>
/// <param name="transport">How it is reached.</param>
/// <param name="insecure">Whether it may be on another machine: nothing is encrypted.</param>
/// <param name="role">What the node is to it.</param>
/// <param name="time">For pauses and heartbeats.</param>
/// <param name="chance">Spreads the pauses.</param>
/// <param name="logger">Where losses are told.</param>
/// <param name="connectionLogger">Where the ends of connections are told.</param>
/// <param name="preferred">Completes when the node shall go from the scheduler at the address to another; null: it stays for as long as it can.</param>
internal sealed partial class SchedulerLink(
    Func<CancellationToken, ValueTask<FarmAddress?>> find, ITransport transport, bool insecure, SchedulerRole role, TimeProvider time, Random chance,
    ILogger logger, ILogger<MultiplexedConnection> connectionLogger, Func<FarmAddress, CancellationToken, Task>? preferred = null)
{
    /// <summary>Spread by a half of it, the longest leaves time to connect within five seconds of a scheduler's return.</summary>
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(100), LongestPause = TimeSpan.FromSeconds(2);

    /// <summary>How long a machine may take to answer at all: the kernel asks one that is down less and less often, so that it is better asked anew.</summary>
    private static readonly TimeSpan PatienceToConnect = TimeSpan.FromSeconds(4);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

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
                // Nodes that lost the same scheduler do not come back all at once.
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
        using var deadline = new CancellationTokenSource(PatienceToConnect, time);
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
            throw new IOException($"Nobody answered at {scheduler} within {PatienceToConnect.TotalSeconds} s.", e);
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

    /// <summary>A place of one machine means another place, or nothing, on this one: from a network it is not believed.</summary>
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
