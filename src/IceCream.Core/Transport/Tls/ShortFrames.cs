using System.Buffers.Binary;

namespace IceCream.Transport.Tls;

/// <summary>What is said on a connection before it is multiplexed: the length of a payload in two bytes, least significant first, and the payload.</summary>
internal static class ShortFrames
{
    /// <summary>The longest payload, in bytes.</summary>
    public const int Longest = 4096;

    public static async ValueTask WriteAsync(Stream stream, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        if (payload.Length > Longest)
        {
            throw new TransportException($"A message of {payload.Length} bytes, where at most {Longest} are allowed.");
        }

        byte[] frame = new byte[sizeof(ushort) + payload.Length];
        BinaryPrimitives.WriteUInt16LittleEndian(frame, (ushort)payload.Length);
        payload.Span.CopyTo(frame.AsSpan(sizeof(ushort)));
        await stream.WriteAsync(frame, cancellationToken).ConfigureAwait(false);
        await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <exception cref="TransportException">The frame is too long, or cut short.</exception>
    public static async ValueTask<byte[]> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        try
        {
            byte[] head = new byte[sizeof(ushort)];
            await stream.ReadExactlyAsync(head, cancellationToken).ConfigureAwait(false);
            int length = BinaryPrimitives.ReadUInt16LittleEndian(head);
            if (length > Longest)
            {
                throw new TransportException($"A message of {length} bytes, where at most {Longest} are allowed.");
            }

            byte[] payload = new byte[length];
            await stream.ReadExactlyAsync(payload, cancellationToken).ConfigureAwait(false);
            return payload;
        }
        catch (EndOfStreamException e)
        {
            throw new TransportException("The connection ended within a message.", e);
        }
    }
}
