using System.Buffers;
using IceCream.Transport;
using IceCream.Wire;

namespace IceCream.Clients;

/// <summary>
/// The node side of the scheduler protocol: a node's one connection to its scheduler, already greeted. The node's messages are sent in order; the owner of
/// this object reads the scheduler's messages.
/// </summary>
internal sealed class SchedulerClient : ILeaseBroker, IAsyncDisposable
{
    private readonly MultiplexedConnection _connection;
    private readonly SendQueue _outgoing;

    private SchedulerClient(MultiplexedConnection connection, SchedulerMessage.Welcome welcome)
    {
        _connection = connection;
        Welcome = welcome;
        _outgoing = new SendQueue(connection);
    }

    /// <summary>How the scheduler answered the greeting.</summary>
    public SchedulerMessage.Welcome Welcome { get; }

    /// <summary>Completes when the connection has ended, with the reason.</summary>
    public Task<string> Closed => _connection.Closed;

    /// <summary>Greets a scheduler over a new connection, which the client owns from here on.</summary>
    /// <exception cref="TransportException">The scheduler refused, or does not speak the protocol: the message says which.</exception>
    public static async ValueTask<SchedulerClient> GreetAsync(MultiplexedConnection connection, SchedulerMessage hello, CancellationToken cancellationToken)
    {
        try
        {
            await connection.Control.SendBytesAsync(SchedulerMessage.Encode(hello), cancellationToken).ConfigureAwait(false);
            return await ReceiveAsync(connection, cancellationToken).ConfigureAwait(false) switch
            {
                SchedulerMessage.Welcome welcome => new SchedulerClient(connection, welcome),
                SchedulerMessage.Refused refused => throw new TransportException($"The scheduler at {connection.RemoteName} refused: {refused.Message}"),
                null => throw new TransportException($"The scheduler at {connection.RemoteName} closed the connection without an answer."),
                SchedulerMessage other => throw new TransportException($"The scheduler at {connection.RemoteName} answered with {other.GetType().Name}."),
            };
        }
        catch (WireFormatException e)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw new TransportException($"{connection.RemoteName} does not speak as a scheduler: {e.Message}", e);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The scheduler's next message; null when the connection has ended.</summary>
    /// <exception cref="WireFormatException">The bytes are no message.</exception>
    /// <exception cref="TransportException">The connection broke within a message.</exception>
    public ValueTask<SchedulerMessage?> ReceiveAsync(CancellationToken cancellationToken) => ReceiveAsync(_connection, cancellationToken);

    /// <summary>How many bytes of queued messages wait to be sent.</summary>
    public long Unsent => _outgoing.Waiting;

    /// <summary>Queues a message. Messages are dropped once the connection has ended.</summary>
    public void Say(SchedulerMessage message) => _outgoing.Say(SchedulerMessage.Encode(message));

    /// <inheritdoc/>
    void ILeaseBroker.Demand(int wanted, long leastMemory) =>
        Say(new SchedulerMessage.Demand(Math.Min(wanted, WireLimits.Slots), Math.Clamp(leastMemory, 0, WireLimits.Memory)));

    /// <inheritdoc/>
    void ILeaseBroker.Return(long lease) => Say(new SchedulerMessage.ReturnLease(lease));

    /// <inheritdoc/>
    void ILeaseBroker.Blame(string worker) => Say(new SchedulerMessage.Blame(worker));

    /// <inheritdoc/>
    void ILeaseBroker.Outrun(string worker, double speed) => Say(new SchedulerMessage.Outrun(worker, speed));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync().ConfigureAwait(false);
        await _outgoing.EndAsync().ConfigureAwait(false);
    }

    private static async ValueTask<SchedulerMessage?> ReceiveAsync(MultiplexedConnection connection, CancellationToken cancellationToken)
    {
        ReadOnlySequence<byte>? frame = await connection.Control.ReceiveAsync(cancellationToken).ConfigureAwait(false);
        return frame is { } bytes ? SchedulerMessage.Decode(bytes) : null;
    }
}
