using System.Buffers;
using IceCream.Clients;
using IceCream.Diagnostics;
using IceCream.Identity;
using IceCream.Jobs;
using IceCream.Monitoring;
using IceCream.Scheduling;
using IceCream.Transport;
using IceCream.Wire;
using Microsoft.Extensions.Logging;

namespace IceCream.Sessions;

/// <summary>The scheduler side of the scheduler protocol: one node's connection, from its greeting to its end.</summary>
internal sealed partial class SchedulerSession(MultiplexedConnection connection, SchedulerDispatcher dispatcher, FarmJobs jobs, TimeProvider time, ILogger<SchedulerSession> logger)
{
    private readonly SendQueue _outgoing = new(connection);

    /// <summary>The transport of the connection: <c>tcp</c>, <c>unix</c> or <c>memory</c>.</summary>
    public string Scheme { get; init; } = "memory";

    /// <summary>The farm's trust, whose revocations are sent to nodes. Null where connections are not authenticated.</summary>
    public FarmTrust? Trust { get; init; }

    /// <summary>The farm's authority, if the client is the scheduler's owner; else null.</summary>
    public FarmAuthority? OwnersAuthority { get; init; }

    private string RemoteName => connection.RemoteName;

    /// <summary>Serves the node until it leaves.</summary>
    /// <param name="greeted">Called when the node is admitted.</param>
    /// <param name="cancellationToken">Ends the session.</param>
    public async Task RunAsync(Action greeted, CancellationToken cancellationToken)
    {
        connection.Control.ReceiveLimit = WireLimits.ToScheduler;
        try
        {
            await (await ReceiveAsync(cancellationToken).ConfigureAwait(false) switch
            {
                null => Task.CompletedTask,
                { } hello when ReasonToRefuse(hello) is { } refusal => RefuseAsync(refusal, cancellationToken),
                SchedulerMessage.WorkerHello hello => ServeWorkerAsync(hello, greeted, cancellationToken),
                SchedulerMessage.AgentHello hello => ServeAgentAsync(hello, greeted, cancellationToken),
                _ => ServeMonitorAsync(greeted, cancellationToken),
            }).ConfigureAwait(false);
        }
        catch (Exception e) when (e is TransportException or WireFormatException or OperationCanceledException)
        {
            // The node left, the client was no node, or the scheduler is closing. An admitted node has already been taken off the roster.
        }
        finally
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            await _outgoing.EndAsync().ConfigureAwait(false);
        }
    }

    private string? ReasonToRefuse(SchedulerMessage hello)
    {
        (int Version, string Network)? said = hello switch
        {
            SchedulerMessage.WorkerHello worker => (worker.Version, worker.Network),
            SchedulerMessage.AgentHello agent => (agent.Version, agent.Network),

            // A monitor need not know the name of the network that it looks at.
            SchedulerMessage.MonitorHello monitor => (monitor.Version, monitor.Network.Length > 0 ? monitor.Network : dispatcher.Network),
            _ => null,
        };
        return said switch
        {
            null => $"A connection begins with a greeting, not with {hello.GetType().Name}.",
            { } it when it.Version != SchedulerMessage.ProtocolVersion =>
                $"It speaks version {SchedulerMessage.ProtocolVersion} of the protocol, not {it.Version}: run the same release on both machines.",
            { } it when it.Network != dispatcher.Network => $"It serves the network '{dispatcher.Network}', not '{it.Network}': ICECREAM_NETWORK or --network names it.",
            _ when NodeRights.ReasonToRefuseNames(hello) is { } reason => reason,
            _ when hello is SchedulerMessage.WorkerHello { Key.Length: < 16 } => "The worker's key is too short to make capabilities with.",
            _ when hello is SchedulerMessage.WorkerHello worker && NodeRights.ReasonToRefuse(worker.Address, Scheme) is { } refusal => refusal,
            _ => NodeRights.ReasonToRefuse(hello, connection.Identity),
        };
    }

    private async Task RefuseAsync(string refusal, CancellationToken cancellationToken)
    {
        LogRefused(logger, connection.RemoteName, refusal);
        Say(new SchedulerMessage.Refused(refusal));

        // The node closes the connection after it has read the refusal; closing it here could lose the refusal.
        await ReceiveAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task ServeWorkerAsync(SchedulerMessage.WorkerHello hello, Action greeted, CancellationToken cancellationToken)
    {
        SayWelcome();
        hello = hello with { Remark = ForeignText.Clean(hello.Remark) };
        object? former = dispatcher.Join(
            SchedulerDispatcher.WorkerKey(hello.Name), this, at => new WorkerJoined(at, hello.Name, hello.Address, hello.Platform, hello.Slots, hello.Key, hello.Remark) { Memory = hello.Memory });
        greeted();
        LogWorkerJoined(logger, hello.Name, connection.RemoteName, hello.Slots, hello.Address, hello.Remark.Length == 0 ? "" : ": " + hello.Remark);
        string key = SchedulerDispatcher.WorkerKey(hello.Name);
        await HearAsync(
            "worker", hello.Name, key, former,
            message => dispatcher.Tell(key, this, at => message switch
            {
                SchedulerMessage.WorkerLoad load => new WorkerLoaded(at, hello.Name, load.Load),
                SchedulerMessage.JobEnded ended => new JobEnded(at, hello.Name, ended.Report),
                _ => throw new WireFormatException($"A worker does not say {message.GetType().Name}."),
            }),
            at => new WorkerLeft(at, hello.Name), cancellationToken).ConfigureAwait(false);
    }

    private async Task ServeAgentAsync(SchedulerMessage.AgentHello hello, Action greeted, CancellationToken cancellationToken)
    {
        string key = SchedulerDispatcher.AgentKey(hello.Name);
        SayWelcome();
        object? former = dispatcher.Join(
            key, this, at => new AgentJoined(at, hello.Name, hello.User, hello.Platform, hello.Held) { Class = hello.Class }, decision => Say(MessageFor(decision)));
        greeted();
        LogAgentJoined(logger, hello.Name, connection.RemoteName, hello.Held.Length);
        await HearAsync(
            "agent", hello.Name, key, former,
            message => Hear(message, at => message switch
            {
                SchedulerMessage.Demand demand => new DemandChanged(at, hello.Name, demand.Wanted) { LeastMemory = demand.LeastMemory },
                SchedulerMessage.ReturnLease returned => new LeaseReturned(at, hello.Name, returned.Id),
                SchedulerMessage.Costs costs => new CostsTold(at, hello.Name, costs.Known),
                SchedulerMessage.Outrun outrun => new WorkerOutrun(at, hello.Name, outrun.Worker, outrun.Speed),
                SchedulerMessage.Blame blame => new WorkerBlamed(at, hello.Name, blame.Worker),
                _ => throw new WireFormatException($"An agent does not say {message.GetType().Name}."),
            }),
            at => new AgentLeft(at, hello.Name), cancellationToken, () => jobs.Forget(hello.Name)).ConfigureAwait(false);

        void Hear(SchedulerMessage message, Func<DateTimeOffset, SchedulerEvent> occurred)
        {
            if (message is not SchedulerMessage.JobEvents events)
            {
                dispatcher.Tell(key, this, occurred);
            }
            else if (dispatcher.Holds(key, this))
            {
                jobs.Hear(hello.Name, hello.User, events.Sent, events.LocalSlots, events.Events);
            }
        }
    }

    /// <summary>Serves an admitted node until it leaves, and then removes it.</summary>
    private async Task HearAsync(
        string role, string name, string key, object? former, Action<SchedulerMessage> hear, Func<DateTimeOffset, SchedulerEvent> left, CancellationToken cancellationToken,
        Action? gone = null)
    {
        if (former is SchedulerSession earlier)
        {
            LogReplaced(logger, role, name, RemoteName, earlier.RemoteName);
        }

        string reason = "of a defect";
        Action<Digest> tellRevoked = key => Say(new SchedulerMessage.RevokedKeys([key]));
        if (Trust is not null)
        {
            Trust.Revoked += tellRevoked;
            if (Trust.RevokedKeys is { Count: > 0 } keys)
            {
                Say(new SchedulerMessage.RevokedKeys([.. keys]));
            }
        }

        try
        {
            while (await ReceiveAsync(cancellationToken).ConfigureAwait(false) is { } message)
            {
                hear(message);
            }

            reason = connection.Closed.IsCompleted ? await connection.Closed.ConfigureAwait(false) : "closed at the other end";
        }
        catch (OperationCanceledException)
        {
            reason = "the scheduler is closing";
        }
        catch (Exception e) when (e is TransportException or WireFormatException)
        {
            reason = connection.Closed.IsCompleted ? await connection.Closed.ConfigureAwait(false) : e.Message;
        }
        finally
        {
            if (Trust is not null)
            {
                Trust.Revoked -= tellRevoked;
            }

            if (dispatcher.Leave(key, this, left))
            {
                gone?.Invoke();
                LogLeft(logger, role, name, RemoteName, reason);
            }
        }
    }

    private static SchedulerMessage MessageFor(SchedulerDecision decision) => decision switch
    {
        LeaseGranted granted => new SchedulerMessage.Grant(granted.Lease),
        LeaseRenewed renewed => new SchedulerMessage.Renew(renewed.Lease),
        LeaseRecalled recalled => new SchedulerMessage.Recall(recalled.Lease),
        LeaseRevoked revoked => new SchedulerMessage.Revoke(revoked.Lease),
        CapacityChanged capacity => new SchedulerMessage.Capacity(capacity.Slots, capacity.LargestMemory),
        _ => throw new ArgumentException($"No message says {decision.GetType().Name}.", nameof(decision)),
    };

    private void SayWelcome() => Say(new SchedulerMessage.Welcome(dispatcher.Version, dispatcher.Network, dispatcher.Insecure));

    private void Say(SchedulerMessage message) => _outgoing.Say(SchedulerMessage.Encode(message));

    private async ValueTask<SchedulerMessage?> ReceiveAsync(CancellationToken cancellationToken)
    {
        ReadOnlySequence<byte>? frame = await connection.Control.ReceiveAsync(cancellationToken).ConfigureAwait(false);
        return frame is { } bytes ? SchedulerMessage.Decode(bytes) : null;
    }

    [LoggerMessage(EventIds.TokenMade, LogLevel.Information, "A token was made for the role '{Role}', {Uses} use(s), {Lifetime}.")]
    private static partial void LogToken(ILogger logger, string role, string uses, TimeSpan lifetime);

    [LoggerMessage(EventIds.NodeRevoked, LogLevel.Information, "'{Node}' has been revoked: {Certificates} certificate(s).")]
    private static partial void LogRevoked(ILogger logger, string node, int certificates);

    [LoggerMessage(EventIds.NodeDrained, LogLevel.Information, "The worker '{Name}' {What}, says {Remote}: {Reason}")]
    private static partial void LogDrained(ILogger logger, string what, string name, string remote, string reason);

    [LoggerMessage(EventIds.NodeJoined, LogLevel.Information, "Worker '{Name}' ({Remote}) has joined with {Slots} slots at {Address}{Remark}")]
    private static partial void LogWorkerJoined(ILogger logger, string name, string remote, int slots, FarmAddress address, string remark);

    [LoggerMessage(EventIds.NodeJoined, LogLevel.Information, "Agent '{Name}' ({Remote}) has joined with {Leases} leases")]
    private static partial void LogAgentJoined(ILogger logger, string name, string remote, int leases);

    [LoggerMessage(EventIds.NodeReplaced, LogLevel.Information, "The {Role} '{Name}' ({Remote}) takes the place of its connection from {Earlier}. Two nodes of one name would take turns.")]
    private static partial void LogReplaced(ILogger logger, string role, string name, string remote, string earlier);

    [LoggerMessage(EventIds.NodeLeft, LogLevel.Information, "The {Role} '{Name}' ({Remote}) has left: {Reason}")]
    private static partial void LogLeft(ILogger logger, string role, string name, string remote, string reason);

    [LoggerMessage(EventIds.NodeRefused, LogLevel.Warning, "{Remote} was refused: {Objection}")]
    private static partial void LogRefused(ILogger logger, string remote, string objection);
}
