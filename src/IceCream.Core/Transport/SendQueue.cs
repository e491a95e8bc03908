using System.Threading.Channels;

namespace IceCream.Transport;

/// <summary>
/// What is said on a connection's control channel by somebody who cannot wait: it leaves in the order in which it was said. An other end
/// that lets too much pile up loses its connection.
/// </summary>
internal sealed class SendQueue
{
    /// <summary>How much may wait: a few thousand leases, or the status of a large farm.</summary>
    public const int Limit = 8 << 20;

    /// <summary>What the shortest frame costs as long as it waits.</summary>
    private const int Overhead = 64;

    private readonly MultiplexedConnection _connection;
    private readonly Channel<byte[]> _frames = Channel.CreateUnbounded<byte[]>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Task _sending;
    private long _waiting;

    /// <param name="connection">Where it leaves. It is not disposed by the queue, and must be before it.</param>
    public SendQueue(MultiplexedConnection connection)
    {
        _connection = connection;
        _sending = SendAsync();
    }

    /// <summary>How many bytes wait, with what each frame costs as long as it does.</summary>
    public long Waiting => Interlocked.Read(ref _waiting);

    /// <summary>Says something. Nothing is said any more once the connection has ended.</summary>
    public void Say(byte[] frame)
    {
        if (Interlocked.Add(ref _waiting, frame.Length + Overhead) <= Limit)
        {
            _frames.Writer.TryWrite(frame);
        }
        else
        {
            _connection.Break($"it left more than {Limit >> 20} MiB unread");
        }
    }

    /// <summary>Waits until nothing is being sent.</summary>
    public async Task EndAsync()
    {
        _frames.Writer.TryComplete();
        await _sending.ConfigureAwait(false);
    }

    private async Task SendAsync()
    {
        try
        {
            await foreach (byte[] frame in _frames.Reader.ReadAllAsync().ConfigureAwait(false))
            {
                // What waits already leaves with it: leases that are granted together, and what is told of jobs beside a demand.
                bool isFollowed = _frames.Reader.TryPeek(out _);
                await _connection.Control.SendBytesAsync(frame, isFollowed, CancellationToken.None).ConfigureAwait(false);
                Interlocked.Add(ref _waiting, -(frame.Length + Overhead));
            }
        }
        catch (TransportException)
        {
            // The connection has ended: whoever reads from it learns that, and why.
            _frames.Writer.TryComplete();
        }
    }
}
