using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using IceCream.Jobs;
using IceCream.Platform;
using MessagePack;

namespace IceCream.Wire;

/// <summary>
/// The byte format of the launcher protocol. A frame is the length of the payload in four bytes (little-endian) and the payload <c>[tag, fields…]</c>.
/// The codec works on plain arrays, because the launcher uses blocking socket calls.
/// </summary>
internal static class LauncherCodec
{
    /// <summary>The version of the launcher protocol. An agent refuses requests of any other version.</summary>
    public const int Version = 5;

    /// <summary>Bytes before a payload.</summary>
    public const int HeaderSize = 4;

    private const int RequestFields = 11;
    private const int RequestTag = 1, RunHereTag = 2, FinishedTag = 3, RefusedTag = 4, StatisticsRequestTag = 5, StatisticsReplyTag = 6, WorkingTag = 7,
        YieldRequestTag = 8, YieldedTag = 9;
    private const int UmaskBits = 0xFFF;
    private const int HighestSignal = 64;

    /// <summary>Encodes a message as a frame.</summary>
    /// <exception cref="WireFormatException">The payload would be longer than <see cref="WireLimits.Message"/>.</exception>
    public static byte[] Encode(LauncherMessage message)
    {
        var bytes = new ArrayBufferWriter<byte>();
        bytes.GetSpan(HeaderSize);
        bytes.Advance(HeaderSize);
        var writer = new MessagePackWriter(bytes);
        Write(ref writer, message);
        writer.Flush();

        int length = bytes.WrittenCount - HeaderSize;
        if (length > WireLimits.Message)
        {
            throw new WireFormatException($"A message of {length} bytes, where at most {WireLimits.Message} are allowed.");
        }

        byte[] frame = bytes.WrittenSpan.ToArray();
        BinaryPrimitives.WriteInt32LittleEndian(frame, length);
        return frame;
    }

    /// <summary>Reads the length of the payload that follows a header.</summary>
    /// <exception cref="WireFormatException">The length is not positive, or above the limit.</exception>
    public static int ReadHeader(ReadOnlySpan<byte> header)
    {
        int length = BinaryPrimitives.ReadInt32LittleEndian(header);
        return length is > 0 and <= WireLimits.Message ? length : throw new WireFormatException($"A frame of {(uint)length} bytes.");
    }

    /// <summary>Decodes the message of a payload.</summary>
    /// <exception cref="WireFormatException">The payload is no message.</exception>
    public static LauncherMessage Decode(ReadOnlyMemory<byte> payload) => WireFields.Decode(new ReadOnlySequence<byte>(payload), Read);

    private static void Write(ref MessagePackWriter writer, LauncherMessage message)
    {
        switch (message)
        {
            case LauncherMessage.ForeignRequest request:
                WriteStart(ref writer, RequestTag, 1);
                writer.Write(request.Version);
                break;
            case LauncherMessage.Request request:
                WriteStart(ref writer, RequestTag, RequestFields);
                writer.Write(Version);
                writer.WriteTexts(request.CommandLine);
                writer.Write(request.Compiler);
                writer.Write(request.WorkingDirectory);
                writer.WriteTexts(request.Environment);
                writer.Write(request.Umask);
                writer.Write((int)request.Mode);
                writer.Write(request.IsTerminal);
                writer.Write(request.View.MountNamespace);
                writer.Write(request.View.Root);
                writer.WriteTexts(request.Withheld);
                break;
            case LauncherMessage.RunHere here:
                WriteStart(ref writer, RunHereTag, 1);
                writer.Write(here.Reason);
                break;
            case LauncherMessage.Finished finished:
                WriteStart(ref writer, FinishedTag, 4);
                writer.Write(finished.ExitCode);
                writer.Write(finished.Signal);
                writer.Write(finished.StandardOutput.Span);
                writer.Write(finished.StandardError.Span);
                break;
            case LauncherMessage.Refused refused:
                WriteStart(ref writer, RefusedTag, 1);
                writer.Write(refused.Text);
                break;
            case LauncherMessage.StatisticsRequest:
                WriteStart(ref writer, StatisticsRequestTag, 0);
                break;
            case LauncherMessage.Working:
                WriteStart(ref writer, WorkingTag, 0);
                break;
            case LauncherMessage.YieldRequest:
                WriteStart(ref writer, YieldRequestTag, 0);
                break;
            case LauncherMessage.Yielded:
                WriteStart(ref writer, YieldedTag, 0);
                break;
            case LauncherMessage.StatisticsReply reply:
                WriteStart(ref writer, StatisticsReplyTag, StatisticsCodec.Fields);
                StatisticsCodec.Write(ref writer, reply.Statistics);
                break;
            default:
                throw new ArgumentException($"{message.GetType().Name} has no tag.", nameof(message));
        }
    }

    private static void WriteStart(ref MessagePackWriter writer, int tag, int fields)
    {
        writer.WriteArrayHeader(1 + fields);
        writer.Write(tag);
    }

    private static LauncherMessage Read(ref MessagePackReader reader)
    {
        int fields = reader.ReadArrayHeader() - 1;
        int tag = reader.ReadInt32();
        return (tag, fields) switch
        {
            (RequestTag, > 0) => ReadRequest(ref reader, fields),
            (RunHereTag, 1) => new LauncherMessage.RunHere(reader.ReadText(WireLimits.Text)),
            (FinishedTag, 4) => new LauncherMessage.Finished
            {
                ExitCode = (int)reader.ReadLength(255),
                Signal = (int)reader.ReadLength(HighestSignal),
                StandardOutput = reader.ReadBlob(WireLimits.Message),
                StandardError = reader.ReadBlob(WireLimits.Message),
            },
            (RefusedTag, 1) => new LauncherMessage.Refused(reader.ReadText(WireLimits.Text)),
            (StatisticsRequestTag, 0) => new LauncherMessage.StatisticsRequest(),
            (WorkingTag, 0) => new LauncherMessage.Working(),
            (YieldRequestTag, 0) => new LauncherMessage.YieldRequest(),
            (YieldedTag, 0) => new LauncherMessage.Yielded(),
            (StatisticsReplyTag, StatisticsCodec.Fields) => new LauncherMessage.StatisticsReply(StatisticsCodec.Read(ref reader)),
            _ => throw new WireFormatException($"Tag {tag} with {fields} fields is no message."),
        };
    }

    private static LauncherMessage ReadRequest(ref MessagePackReader reader, int fields)
    {
        if (!reader.TryReadVersion(fields, Version, out int version))
        {
            return new LauncherMessage.ForeignRequest(version);
        }

        return fields != RequestFields
            ? throw new WireFormatException($"A request of {fields} fields, where version {Version} has {RequestFields}.")
            : new LauncherMessage.Request
            {
                CommandLine = ReadCommandLine(ref reader),
                Compiler = FileTreeCodec.CheckAbsolute(reader.ReadText(WireLimits.Path)),
                WorkingDirectory = FileTreeCodec.ReadPath(ref reader),
                Environment = reader.ReadTexts(WireLimits.Arguments, WireLimits.Argument),
                Umask = (int)reader.ReadLength(UmaskBits),
                Mode = reader.ReadEnum<JobMode>(),
                IsTerminal = reader.ReadBoolean(),
                View = new FileView(reader.ReadText(WireLimits.Name), reader.ReadText(WireLimits.Name)),
                Withheld = reader.ReadTexts(WireLimits.Arguments, WireLimits.Argument),
            };
    }

    private static ImmutableArray<string> ReadCommandLine(ref MessagePackReader reader)
    {
        ImmutableArray<string> words = reader.ReadTexts(WireLimits.Arguments, WireLimits.Argument);
        return words.IsEmpty ? throw new WireFormatException("A command line without a program.") : words;
    }
}
