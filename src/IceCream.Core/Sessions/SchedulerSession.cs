using System.Buffers;
using System.Threading.Channels;
using IceCream.Scheduling;
using IceCream.Transport;
using IceCream.Wire;

namespace IceCream.Sessions;

/// <summary>The answering end of arrow 2: one node's connection to the scheduler, from its greeting to its end.</summary>
internal sealed class SchedulerSession(MultiplexedConnection connection, SchedulerDesk desk)
{
    private readonly Channel<SchedulerMessage> _outgoing = Channel.CreateUnbounded<SchedulerMessage>(new UnboundedChannelOptions { SingleReader = true });

    /// <summary>Serves the node until it leaves.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        Task sending = SendAsync();
        try
        {
            await (await ReceiveAsync(cancellationToken).ConfigureAwait(false) switch
            {
                null => Task.CompletedTask,
                { } hello when ObjectionTo(hello) is { } objection => RefuseAsync(objection, cancellationToken),
                SchedulerMessage.WorkerHello hello => ServeWorkerAsync(hello, cancellationToken),
                SchedulerMessage.AgentHello hello => ServeAgentAsync(hello, cancellationToken),
                _ => ServeMonitorAsync(cancellationToken),
            }).ConfigureAwait(false);
        }
        catch (Exception e) when (e is TransportException or WireFormatException or OperationCanceledException)
        {
            // The node left, was no node, or the scheduler is closing. The desk has been told by those below.
        }
        finally
        {
            _outgoing.Writer.TryComplete();
            await connection.DisposeAsync().ConfigureAwait(false);
            await sending.ConfigureAwait(false);
        }
    }

    private string? ObjectionTo(SchedulerMessage hello)
    {
        (int Version, string Network)? said = hello switch
        {
            SchedulerMessage.WorkerHello worker => (worker.Version, worker.Network),
            SchedulerMessage.AgentHello agent => (agent.Version, agent.Network),

            // Whoever only looks need not know the name of what it looks at.
            SchedulerMessage.MonitorHello monitor => (monitor.Version, monitor.Network.Length > 0 ? monitor.Network : desk.Network),
            _ => null,
        };
        return said switch
        {
            null => $"A connection begins with a greeting, not with {hello.GetType().Name}.",
            { } it when it.Version != SchedulerMessage.ProtocolVersion =>
                $"It speaks version {SchedulerMessage.ProtocolVersion} of the protocol, not {it.Version}: run the same release on both machines.",
            { } it when it.Network != desk.Network => $"It serves the network '{desk.Network}', not '{it.Network}'.",
            _ when hello is SchedulerMessage.WorkerHello { Key.Length: < 16 } => "The worker's key is too short to make capabilities with.",
            _ => null,
        };
    }

    private async Task RefuseAsync(string objection, CancellationToken cancellationToken)
    {
        Say(new SchedulerMessage.Refused(objection));

        // The refusal must have arrived before the connection goes: the node closes it once it has read why.
        await ReceiveAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task ServeWorkerAsync(SchedulerMessage.WorkerHello hello, CancellationToken cancellationToken)
    {
        string key = SchedulerDesk.WorkerKey(hello.Name);
        SayWelcome();
        desk.Join(key, this, at => new WorkerJoined(at, hello.Name, hello.Address, hello.Platform, hello.Slots, hello.Key, hello.Remark));
        try
        {
            while (await ReceiveAsync(cancellationToken).ConfigureAwait(false) is { } message)
            {
                if (message is not SchedulerMessage.WorkerLoad)
                {
                    throw new WireFormatException($"A worker does not say {message.GetType().Name}.");
                }
            }
        }
        finally
        {
            desk.Leave(key, this, at => new WorkerLeft(at, hello.Name));
        }
    }

    private async Task ServeAgentAsync(SchedulerMessage.AgentHello hello, CancellationToken cancellationToken)
    {
        string key = SchedulerDesk.AgentKey(hello.Name);
        SayWelcome();
        desk.Join(key, this, at => new AgentJoined(at, hello.Name, hello.User, hello.Platform, hello.Held), decision => Say(MessageFor(decision)));
        try
        {
            while (await ReceiveAsync(cancellationToken).ConfigureAwait(false) is { } message)
            {
                desk.Tell(key, this, at => message switch
                {
                    SchedulerMessage.Demand demand => new DemandChanged(at, hello.Name, demand.Wanted),
                    SchedulerMessage.ReturnLease returned => new LeaseReturned(at, hello.Name, returned.Id),
                    _ => throw new WireFormatException($"An agent does not say {message.GetType().Name}."),
                });
            }
        }
        finally
        {
            desk.Leave(key, this, at => new AgentLeft(at, hello.Name));
        }
    }

    private async Task ServeMonitorAsync(CancellationToken cancellationToken)
    {
        SayWelcome();
        while (await ReceiveAsync(cancellationToken).ConfigureAwait(false) is { } message)
        {
            Say(message is SchedulerMessage.StatusRequest
                ? new SchedulerMessage.StatusReply(desk.Describe())
                : throw new WireFormatException($"A monitor does not say {message.GetType().Name}."));
        }
    }

    private static SchedulerMessage MessageFor(SchedulerDecision decision) => decision switch
    {
        LeaseGranted granted => new SchedulerMessage.Grant(granted.Lease),
        LeaseRenewed renewed => new SchedulerMessage.Renew(renewed.Lease),
        LeaseRecalled recalled => new SchedulerMessage.Recall(recalled.Lease),
        LeaseRevoked revoked => new SchedulerMessage.Revoke(revoked.Lease),
        CapacityChanged capacity => new SchedulerMessage.Capacity(capacity.Slots),
        _ => throw new ArgumentException($"No message says {decision.GetType().Name}.", nameof(decision)),
    };

    private void SayWelcome() => Say(new SchedulerMessage.Welcome(desk.Version, desk.Network, desk.Insecure));

    private void Say(SchedulerMessage message) => _outgoing.Writer.TryWrite(message);

    private async ValueTask<SchedulerMessage?> ReceiveAsync(CancellationToken cancellationToken)
    {
        ReadOnlySequence<byte>? frame = await connection.Control.ReceiveAsync(cancellationToken).ConfigureAwait(false);
        return frame is { } bytes ? SchedulerMessage.Decode(bytes) : null;
    }

    private async Task SendAsync()
    {
        try
        {
            await foreach (SchedulerMessage message in _outgoing.Reader.ReadAllAsync().ConfigureAwait(false))
            {
                await connection.Control.SendBytesAsync(SchedulerMessage.Encode(message)).ConfigureAwait(false);
            }
        }
        catch (TransportException)
        {
            // The node left: the loop that reads learns it too, and ends the session.
        }
    }
}
