using System.Buffers.Binary;

namespace IceCream.Transport;

/// <summary>The last word to whoever speaks in the clear where that is not enough: a frame on the control channel, made without reading what was said.</summary>
internal static class ClearRefusal
{
    private const byte ArrayOfFour = 0x94, Content = 2, ControlChannel = 0, Seeded = 0, Bytes16 = 0xc5;

    /// <summary>The bytes of a message as those of a multiplexed connection.</summary>
    /// <param name="message">The message, of at most 65,000 bytes.</param>
    public static byte[] Frame(ReadOnlySpan<byte> message)
    {
        byte[] frame = new byte[7 + sizeof(int) + message.Length];
        ReadOnlySpan<byte> head = [ArrayOfFour, Content, ControlChannel, Seeded, Bytes16];
        head.CopyTo(frame);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(5), checked((ushort)(sizeof(int) + message.Length)));
        BinaryPrimitives.WriteInt32LittleEndian(frame.AsSpan(7), message.Length);
        message.CopyTo(frame.AsSpan(11));
        return frame;
    }
}
