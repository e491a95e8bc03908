using IceCream.Transport;
using IceCream.Wire;

namespace IceCream.Clients;

/// <summary>Arrow 1 over a stream: whole messages, in either direction. One reader and one writer at a time.</summary>
internal sealed class AgentChannel(Stream stream)
{
    private readonly byte[] _header = new byte[LauncherCodec.HeaderSize];

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

        byte[] payload = new byte[LauncherCodec.ReadHeader(_header)];
        await stream.ReadExactlyAsync(payload, cancellationToken).ConfigureAwait(false);
        return LauncherCodec.Decode(payload);
    }

    /// <summary>Sends a message.</summary>
    /// <exception cref="WireFormatException">The message is longer than may travel; nothing has been sent.</exception>
    /// <exception cref="IOException">The other end is gone.</exception>
    public ValueTask SendAsync(LauncherMessage message, CancellationToken cancellationToken) =>
        stream.WriteAsync(LauncherCodec.Encode(message), cancellationToken);
}
