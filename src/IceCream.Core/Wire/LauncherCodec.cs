using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using IceCream.Jobs;
using MessagePack;

namespace IceCream.Wire;

/// <summary>
/// Arrow 1 as bytes. A frame is the payload's length in four bytes, least significant first, and the payload <c>[tag, fields…]</c>.
/// It works on plain arrays: the launcher reads and writes its socket by blocking calls.
/// </summary>
internal static class LauncherCodec
{
    /// <summary>The version of arrow 1. An agent refuses others.</summary>
    public const int Version = 1;

    /// <summary>Bytes before a payload.</summary>
    public const int HeaderSize = 4;

    /// <summary>The latest jobs that a <see cref="LauncherMessage.StatisticsReply"/> may tell of.</summary>
    public const int RecentJobs = 1000;

    private const int RequestTag = 1, RunHereTag = 2, FinishedTag = 3, RefusedTag = 4, StatisticsRequestTag = 5, StatisticsReplyTag = 6, WorkingTag = 7;
    private const int Stretches = 256;
    private const int UmaskBits = 0xFFF;
    private const int HighestSignal = 64;

    /// <summary>The frame of a message.</summary>
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

    /// <summary>The length of the payload that follows a header.</summary>
    /// <exception cref="WireFormatException">The length is none, or above the limit.</exception>
    public static int ReadHeader(ReadOnlySpan<byte> header)
    {
        int length = BinaryPrimitives.ReadInt32LittleEndian(header);
        return length is > 0 and <= WireLimits.Message ? length : throw new WireFormatException($"A frame of {(uint)length} bytes.");
    }

    /// <summary>The message of a payload.</summary>
    /// <exception cref="WireFormatException">The payload is no message.</exception>
    public static LauncherMessage Decode(ReadOnlyMemory<byte> payload) => WireFields.Decode(new ReadOnlySequence<byte>(payload), Read);

    private static void Write(ref MessagePackWriter writer, LauncherMessage message)
    {
        switch (message)
        {
            case LauncherMessage.Request request:
                WriteStart(ref writer, RequestTag, 8);
                writer.Write(request.Version);
                writer.WriteTexts(request.CommandLine);
                writer.Write(request.Compiler);
                writer.Write(request.WorkingDirectory);
                writer.WriteTexts(request.Environment);
                writer.Write(request.Umask);
                writer.Write((int)request.Mode);
                writer.Write(request.IsTerminal);
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
            case LauncherMessage.StatisticsReply reply:
                WriteStart(ref writer, StatisticsReplyTag, 9);
                WriteStatistics(ref writer, reply.Statistics);
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
            (RequestTag, 8) => new LauncherMessage.Request
            {
                Version = reader.ReadInt32(),
                CommandLine = ReadCommandLine(ref reader),
                Compiler = FileTreeCodec.ReadPath(ref reader),
                WorkingDirectory = FileTreeCodec.ReadPath(ref reader),
                Environment = reader.ReadTexts(WireLimits.Arguments, WireLimits.Argument),
                Umask = (int)reader.ReadLength(UmaskBits),
                Mode = reader.ReadEnum<JobMode>(),
                IsTerminal = reader.ReadBoolean(),
            },
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
            (StatisticsReplyTag, 9) => new LauncherMessage.StatisticsReply(ReadStatistics(ref reader)),
            _ => throw new WireFormatException($"Tag {tag} with {fields} fields is no message."),
        };
    }

    private static ImmutableArray<string> ReadCommandLine(ref MessagePackReader reader)
    {
        ImmutableArray<string> words = reader.ReadTexts(WireLimits.Arguments, WireLimits.Argument);
        return words.IsEmpty ? throw new WireFormatException("A command line without a program.") : words;
    }

    private static void WriteStatistics(ref MessagePackWriter writer, JobStatistics statistics)
    {
        writer.Write(statistics.Remote);
        writer.Write(statistics.Local);
        writer.Write(statistics.Cached);
        writer.Write(statistics.Joined);
        writer.Write(statistics.Failed);
        WriteCounts(ref writer, statistics.Reasons);
        WriteCounts(ref writer, statistics.Workers);
        WriteCounts(ref writer, statistics.Inputs);
        writer.WriteArrayHeader(statistics.Recent.Length);
        foreach (JobRecord record in statistics.Recent)
        {
            writer.WriteArrayHeader(8);
            writer.Write(record.Subject);
            writer.Write((int)record.Place);
            writer.Write(record.Worker);
            writer.Write(record.Reason);
            writer.Write(record.ExitCode);
            writer.Write(record.Duration.Ticks);
            writer.WriteMoment(record.Ended);
            writer.WriteArrayHeader(record.Timeline.Stretches.Length);
            foreach (JobStretch stretch in record.Timeline.Stretches)
            {
                writer.WriteArrayHeader(2);
                writer.Write((int)stretch.Step);
                writer.Write(stretch.Duration.Ticks);
            }
        }
    }

    private static JobStatistics ReadStatistics(ref MessagePackReader reader)
    {
        var statistics = new JobStatistics
        {
            Remote = reader.ReadLength(long.MaxValue),
            Local = reader.ReadLength(long.MaxValue),
            Cached = reader.ReadLength(long.MaxValue),
            Joined = reader.ReadLength(long.MaxValue),
            Failed = reader.ReadLength(long.MaxValue),
            Reasons = ReadCounts(ref reader),
            Workers = ReadCounts(ref reader),
            Inputs = ReadCounts(ref reader),
        };

        int count = reader.ReadCount(RecentJobs);
        var recent = ImmutableArray.CreateBuilder<JobRecord>(count);
        for (int i = 0; i < count; i++)
        {
            reader.ReadFields(8);
            recent.Add(new JobRecord
            {
                Subject = reader.ReadText(WireLimits.Path),
                Place = reader.ReadEnum<JobPlace>(),
                Worker = reader.ReadText(WireLimits.Name),
                Reason = reader.ReadText(WireLimits.Text),
                ExitCode = reader.ReadInt32(),
                Duration = new TimeSpan(reader.ReadInt64()),
                Ended = reader.ReadMoment(),
                Timeline = ReadTimeline(ref reader),
            });
        }

        return statistics with { Recent = recent.DrainToImmutable() };
    }

    private static JobTimeline ReadTimeline(ref MessagePackReader reader)
    {
        int count = reader.ReadCount(Stretches);
        var stretches = ImmutableArray.CreateBuilder<JobStretch>(count);
        for (int i = 0; i < count; i++)
        {
            reader.ReadFields(2);
            stretches.Add(new JobStretch(reader.ReadEnum<JobStep>(), new TimeSpan(reader.ReadInt64())));
        }

        return new JobTimeline(stretches.DrainToImmutable());
    }

    private static void WriteCounts(ref MessagePackWriter writer, ImmutableArray<NamedCount> counts)
    {
        writer.WriteArrayHeader(counts.Length);
        foreach (NamedCount count in counts)
        {
            writer.WriteArrayHeader(2);
            writer.Write(count.Name);
            writer.Write(count.Count);
        }
    }

    private static ImmutableArray<NamedCount> ReadCounts(ref MessagePackReader reader)
    {
        int count = reader.ReadCount(WireLimits.Items);
        var counts = ImmutableArray.CreateBuilder<NamedCount>(Math.Min(count, 4096));
        for (int i = 0; i < count; i++)
        {
            reader.ReadFields(2);
            counts.Add(new NamedCount(reader.ReadText(WireLimits.Text), reader.ReadLength(long.MaxValue)));
        }

        return counts.DrainToImmutable();
    }
}
