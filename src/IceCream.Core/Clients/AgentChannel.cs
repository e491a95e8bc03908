using IceCream.Transport;
using IceCream.Wire;

namespace IceCream.Clients;

/// <summary>The launcher protocol over a stream: whole messages, in either direction. One reader at a time.</summary>
internal sealed class AgentChannel(Stream stream)
{
    /// <summary>The most bytes that are allocated for a message at once, whatever its announced length.</summary>
    private const int PayloadAtOnce = 256 << 10;

    private static readonly byte[] Working = LauncherCodec.Encode(new LauncherMessage.Working());

    private readonly byte[] _header = new byte[LauncherCodec.HeaderSize];
    private readonly Lock _lock = new();
    private Task _written = Task.CompletedTask;
    private bool _answered;

    /// <summary>The next message; null when the other end has closed.</summary>
    /// <exception cref="WireFormatException">The bytes are no message.</exception>
    /// <exception cref="IOException">The connection broke within a message.</exception>
    public async ValueTask<LauncherMessage?> ReceiveAsync(CancellationToken cancellationToken)
    {
        int got = await stream.ReadAtLeastAsync(_header, _header.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        if (got == 0)
        {
            return null;
        }

        if (got < _header.Length)
        {
            throw new TransportException("The connection ended within a header.");
        }

        return LauncherCodec.Decode(await ReadAsync(LauncherCodec.ReadHeader(_header), cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Reads a payload. Memory grows with the bytes that have arrived, not with the announced length.</summary>
    private async ValueTask<byte[]> ReadAsync(int length, CancellationToken cancellationToken)
    {
        byte[] payload = new byte[Math.Min(length, PayloadAtOnce)];
        for (int filled = 0; ; Array.Resize(ref payload, (int)Math.Min(length, 2L * payload.Length)))
        {
            await stream.ReadExactlyAsync(payload.AsMemory(filled), cancellationToken).ConfigureAwait(false);
            filled = payload.Length;
            if (filled == length)
            {
                return payload;
            }
        }
    }

    /// <summary>Sends a message.</summary>
    /// <exception cref="WireFormatException">The message is longer than the limit; nothing has been sent.</exception>
    /// <exception cref="IOException">The other end is gone.</exception>
    public async ValueTask SendAsync(LauncherMessage message, CancellationToken cancellationToken)
    {
        byte[] frame = LauncherCodec.Encode(message);
        Task written;
        lock (_lock)
        {
            _answered |= message is LauncherMessage.RunHere or LauncherMessage.Finished or LauncherMessage.Refused;
            written = _written = WriteAsync(_written, frame);
        }

        await written.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reports that the job is still under way, unless it has been answered or another message is being sent.</summary>
    public void Beat()
    {
        lock (_lock)
        {
            if (!_answered && _written.IsCompletedSuccessfully)
            {
                _written = WriteAsync(_written, Working);
            }
        }
    }

    /// <summary>Writes one frame after the other. After a failed write all later writes fail too: the launcher is gone, which its reader notices.</summary>
    private async Task WriteAsync(Task before, byte[] frame)
    {
        await before.ConfigureAwait(false);
        await stream.WriteAsync(frame).ConfigureAwait(false);
    }
}
