using System.Buffers.Binary;
using System.Text;

namespace IceCream.Tests.Interop.Icecream;

/// <summary>A frame as a classic monitor reads it: by number and version, to its last byte.</summary>
internal sealed record Frame(uint Type, IReadOnlyDictionary<string, string> Fields)
{
    public const uint LocalJobEnds = 79, JobWaits = 83, JobBegins = 84, JobEnds = 85, LocalJobBegins = 86, HostStats = 87, Refusal = 90;

    private const int Largest = 1 << 20;

    public string this[string field] => Fields[field];

    /// <summary>All frames of a stream's whole bytes.</summary>
    public static IReadOnlyList<Frame> ReadAll(ReadOnlySpan<byte> bytes, int version)
    {
        var frames = new List<Frame>();
        while (!bytes.IsEmpty)
        {
            int length = Length(bytes);
            frames.Add(Read(bytes.Slice(sizeof(uint), length), version));
            bytes = bytes[(sizeof(uint) + length)..];
        }

        return frames;
    }

    /// <summary>The next frame of a stream.</summary>
    public static async Task<Frame> ReadAsync(Stream stream, int version)
    {
        byte[] head = new byte[sizeof(uint)];
        await stream.ReadExactlyAsync(head);
        byte[] body = new byte[Length(head)];
        await stream.ReadExactlyAsync(body);
        return Read(body, version);
    }

    private static int Length(ReadOnlySpan<byte> head) => BinaryPrimitives.ReadUInt32BigEndian(head) is >= sizeof(uint) and <= Largest and var length
        ? (int)length
        : throw new InvalidDataException("A frame that icecream takes for an error.");

    private static Frame Read(ReadOnlySpan<byte> body, int version)
    {
        var reader = new Reader(body);
        uint type = reader.Number();
        string[] fields = type switch
        {
            LocalJobEnds => ["#job"],
            JobWaits when version < 29 => ["#environments", "file", "#language", "#count", "platform", "#flags", "#client_id", "preferred", "#job", "#host"],
            JobWaits => ["file", "#language", "#job", "#host"],
            JobBegins => ["#job", "#started", "#host"],
            JobEnds => ["#job", "#exit", "#real", "#user", "#system", "#faults", "#in", "#in_unpacked", "#out", "#out_unpacked", "#flags", .. version >= 39 ? ["#clients"] : Array.Empty<string>()],
            LocalJobBegins => ["#host", "#job", "#started", "file"],
            HostStats => ["#host", "text"],
            Refusal => ["text"],
            _ => throw new InvalidDataException($"No monitor is told {type}."),
        };
        var read = new Dictionary<string, string>();
        foreach (string field in fields)
        {
            read[field.TrimStart('#')] = field[0] == '#' ? $"{reader.Number()}" : reader.Text();
        }

        return reader.IsAtEnd ? new Frame(type, read) : throw new InvalidDataException("A frame is longer than its fields.");
    }

    private ref struct Reader(ReadOnlySpan<byte> bytes)
    {
        private ReadOnlySpan<byte> _rest = bytes;

        public readonly bool IsAtEnd => _rest.IsEmpty;

        public uint Number()
        {
            uint number = BinaryPrimitives.ReadUInt32BigEndian(_rest);
            _rest = _rest[sizeof(uint)..];
            return number;
        }

        public string Text()
        {
            int length = checked((int)Number());
            ReadOnlySpan<byte> text = _rest[..length];
            _rest = _rest[length..];
            return text is [.. var letters, 0] && !letters.Contains((byte)0)
                ? new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(letters)
                : throw new InvalidDataException("A text without its end.");
        }
    }
}
