using System.Buffers;
using IceCream.Identity;
using MessagePack;

namespace IceCream.Wire;

/// <summary>The messages by which a node obtains a certificate: <c>[tag, fields…]</c>, each in one short frame.</summary>
internal abstract record JoinMessage
{
    /// <summary>Sent in the request; a scheduler of another version refuses it.</summary>
    public const int Version = 1;

    private const int CertificateLimit = 2048, RequestLimit = 1024, SecretLimit = 128;

    private JoinMessage()
    {
    }

    /// <summary>First message, from the scheduler: the certificate of its authority, by which a node with a token recognises the right scheduler.</summary>
    public sealed record Authority(ReadOnlyMemory<byte> Certificate) : JoinMessage;

    /// <summary>The only request of a node.</summary>
    /// <param name="Speaks">The node's protocol version.</param>
    /// <param name="Roles">The roles that the node wants. Ignored on a renewal, as are the name and the user.</param>
    /// <param name="Name">The node's name.</param>
    /// <param name="User">The node's user.</param>
    /// <param name="Secret">The secret of a token; empty when the node presented a certificate that is to be renewed.</param>
    /// <param name="SigningRequest">The key to be certified, signed with itself (PKCS #10).</param>
    public sealed record Request(int Speaks, NodeRoles Roles, string Name, string User, string Secret, ReadOnlyMemory<byte> SigningRequest) : JoinMessage;

    /// <summary>The certificate that the scheduler issued.</summary>
    public sealed record Granted(ReadOnlyMemory<byte> Certificate) : JoinMessage;

    /// <summary>The scheduler issues no certificate.</summary>
    public sealed record Refused(string Why) : JoinMessage;

    public static byte[] Encode(JoinMessage message)
    {
        var bytes = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(bytes);
        switch (message)
        {
            case Authority m:
                Begin(ref writer, 1, 1);
                writer.Write(m.Certificate.Span);
                break;
            case Request m:
                Begin(ref writer, 2, 6);
                writer.Write(m.Speaks);
                writer.Write((int)m.Roles);
                writer.Write(m.Name);
                writer.Write(m.User);
                writer.Write(m.Secret);
                writer.Write(m.SigningRequest.Span);
                break;
            case Granted m:
                Begin(ref writer, 3, 1);
                writer.Write(m.Certificate.Span);
                break;
            case Refused m:
                Begin(ref writer, 4, 1);
                writer.Write(m.Why);
                break;
            default:
                throw new ArgumentException($"{message.GetType().Name} has no form on the wire.", nameof(message));
        }

        writer.Flush();
        return bytes.WrittenSpan.ToArray();
    }

    /// <exception cref="WireFormatException">The bytes are no such message.</exception>
    public static JoinMessage Decode(in ReadOnlySequence<byte> bytes) => WireFields.Decode(bytes, Read);

    private static JoinMessage Read(ref MessagePackReader reader)
    {
        int count = reader.ReadArrayHeader();
        int tag = reader.ReadInt32();
        if (tag == 2 && count > 1 && !reader.TryReadVersion(count - 1, Version, out int speaks))
        {
            return new Request(speaks, NodeRoles.None, "", "", "", default);
        }

        int expected = tag switch { 2 => 7, 1 or 3 or 4 => 2, _ => throw new WireFormatException($"{tag} is the tag of no message.") };
        if (count != expected)
        {
            throw new WireFormatException($"{expected} fields expected, {count} found.");
        }

        return tag switch
        {
            1 => new Authority(reader.ReadBlob(CertificateLimit)),
            2 => new Request(
                Version, ReadRoles(ref reader), reader.ReadText(WireLimits.Name), reader.ReadText(WireLimits.Name), reader.ReadText(SecretLimit), reader.ReadBlob(RequestLimit)),
            3 => new Granted(reader.ReadBlob(CertificateLimit)),
            _ => new Refused(reader.ReadText(WireLimits.Text)),
        };
    }

    private static NodeRoles ReadRoles(ref MessagePackReader reader)
    {
        const NodeRoles All = NodeRoles.Agent | NodeRoles.Worker | NodeRoles.Monitor | NodeRoles.Scheduler;
        int roles = reader.ReadInt32();
        return roles is > 0 and <= (int)All ? (NodeRoles)roles : throw new WireFormatException($"{roles} stands for no roles.");
    }

    private static void Begin(ref MessagePackWriter writer, int tag, int fields)
    {
        writer.WriteArrayHeader(fields + 1);
        writer.Write(tag);
    }
}
