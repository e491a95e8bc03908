using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using MessagePack;

namespace IceCream.Wire;

/// <summary>
/// The two datagrams of scheduler discovery: a magic, the length of the payload in two bytes (little-endian), and the payload
/// <c>[tag, fields…]</c>. A question is padded with zeros to <see cref="QuestionSize"/> and no answer is longer, so that a forged sender
/// address gains an attacker no amplification.
/// </summary>
internal abstract record DiscoveryMessage
{
    /// <summary>Bytes of a question.</summary>
    public const int QuestionSize = 1024;

    private const int HeaderSize = 10;
    private const int QuestionTag = 1, AnswerTag = 2;

    private DiscoveryMessage()
    {
    }

    // The classic protocol shares the port. Its question is one byte of at least 21 and its announcements begin with "IC"; neither begins with 0.
    private static ReadOnlySpan<byte> Magic => "\0IceLib\u0001"u8;

    /// <summary>Asks which scheduler serves a network.</summary>
    /// <param name="Nonce">Chosen at random; the answer repeats it.</param>
    /// <param name="Network">The name of the network.</param>
    public sealed record Question(long Nonce, string Network) : DiscoveryMessage;

    /// <summary>The scheduler's answer. The scheduler's address is the one that this datagram came from.</summary>
    /// <param name="Nonce">The nonce of the question.</param>
    /// <param name="Network">The name of the network.</param>
    /// <param name="Release">The scheduler's release, for people.</param>
    /// <param name="Port">The scheduler's TCP port.</param>
    /// <param name="Started">When the scheduler started.</param>
    public sealed record Answer(long Nonce, string Network, string Release, int Port, DateTimeOffset Started) : DiscoveryMessage;

    /// <summary>Encodes a message as a datagram.</summary>
    public static byte[] Encode(DiscoveryMessage message)
    {
        var payload = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(payload);
        switch (message)
        {
            case Question question:
                writer.WriteArrayHeader(3);
                writer.Write(QuestionTag);
                writer.Write(question.Nonce);
                writer.Write(question.Network);
                break;
            case Answer answer:
                writer.WriteArrayHeader(6);
                writer.Write(AnswerTag);
                writer.Write(answer.Nonce);
                writer.Write(answer.Network);
                writer.Write(answer.Release);
                writer.Write(answer.Port);
                writer.WriteMoment(answer.Started);
                break;
            default:
                throw new ArgumentException($"{message.GetType().Name} has no form on the wire.", nameof(message));
        }

        writer.Flush();
        int length = HeaderSize + payload.WrittenCount;
        if (length > QuestionSize)
        {
            throw new WireFormatException($"A datagram of {length} bytes, where at most {QuestionSize} are allowed.");
        }

        byte[] datagram = new byte[message is Question ? QuestionSize : length];
        Magic.CopyTo(datagram);
        BinaryPrimitives.WriteUInt16LittleEndian(datagram.AsSpan(Magic.Length), (ushort)payload.WrittenCount);
        payload.WrittenSpan.CopyTo(datagram.AsSpan(HeaderSize));
        return datagram;
    }

    /// <summary>Decodes a datagram, which anybody may have sent.</summary>
    /// <returns>False when it is no valid discovery message.</returns>
    public static bool TryDecode(ReadOnlyMemory<byte> datagram, [NotNullWhen(true)] out DiscoveryMessage? message)
    {
        message = null;
        if (datagram.Length is < HeaderSize or > QuestionSize || !datagram.Span.StartsWith(Magic))
        {
            return false;
        }

        int length = BinaryPrimitives.ReadUInt16LittleEndian(datagram.Span[Magic.Length..]);
        if (length > datagram.Length - HeaderSize)
        {
            return false;
        }

        try
        {
            message = WireFields.Decode(new ReadOnlySequence<byte>(datagram.Slice(HeaderSize, length)), Read);
        }
        catch (WireFormatException)
        {
            // Anybody can send a malformed datagram, so it is no error.
            return false;
        }

        // A question shorter than its fixed size is dropped: the answer could be longer than it.
        if (message is Question && datagram.Length != QuestionSize)
        {
            message = null;
        }

        return message is not null;
    }

    private static DiscoveryMessage Read(ref MessagePackReader reader)
    {
        int fields = reader.ReadArrayHeader();
        int tag = reader.ReadInt32();
        return (tag, fields) switch
        {
            (QuestionTag, 3) => new Question(reader.ReadInt64(), reader.ReadText(WireLimits.Name)),
            (AnswerTag, 6) => new Answer(
                reader.ReadInt64(), reader.ReadText(WireLimits.Name), reader.ReadText(WireLimits.Name), (int)reader.ReadLength(ushort.MaxValue), reader.ReadMoment()),
            _ => throw new WireFormatException($"No message of discovery has the tag {tag} and {fields} fields."),
        };
    }
}
