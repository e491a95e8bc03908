using System.Collections.Immutable;
using IceCream.Diagnostics;
using IceCream.Jobs;
using MessagePack;

namespace IceCream.Wire;

/// <summary>Job events: <c>[kind, at, fields…]</c>. Texts are cut to a length that people read, so that no event is long.</summary>
internal static class JobEventCodec
{
    /// <summary>How many events one message has at most.</summary>
    public const int MostEvents = 1024;

    /// <summary>The most characters of a subject, of a folder and of a reason.</summary>
    public const int Subject = 256, Folder = 512, Reason = 400;

    private const int Begun = 1, StepBegun = 2, Finished = 3, Forgotten = 4, Lost = 5, Headers = 6;
    private const int Stretches = 64;

    // A character takes at most three bytes of UTF-8; the fields of an event that are not text take less than Rest.
    private const int BytesPerCharacter = 3, Rest = 128, BytesPerStretch = 12, BytesPerHeader = 40;

    /// <summary>How many bytes an event takes at most.</summary>
    public static int SizeOf(JobEvent happened) => Rest + happened switch
    {
        JobBegun m => BytesPerCharacter * (m.Job.Agent.Length + m.User.Length + m.Build.Length + Math.Min(m.Subject.Length, Subject) + Math.Min(m.Directory.Length, Folder)),
        JobStepBegun m => BytesPerCharacter * (m.Job.Agent.Length + m.Worker.Length),
        JobFinished m => BytesPerCharacter * (m.Job.Agent.Length + m.User.Length + m.Build.Length + m.Record.Worker.Length + Math.Min(m.Record.Subject.Length, Subject)
            + Math.Min(m.Record.Directory.Length, Folder) + Math.Min(m.Record.Reason.Length, Reason)) + (BytesPerStretch * Math.Min(m.Record.Timeline.Stretches.Length, Stretches)),
        JobsForgotten m => BytesPerCharacter * m.Agent.Length,
        HeadersRead m => (BytesPerCharacter * m.Job.Agent.Length) + m.Headers.Take(HeadersRead.Most).Sum(static header => (BytesPerCharacter * Math.Min(header.Path.Length, Subject)) + BytesPerHeader),
        _ => 0,
    };

    public static void Write(ref MessagePackWriter writer, JobEvent happened)
    {
        switch (happened)
        {
            case JobBegun m:
                Begin(ref writer, Begun, 7, m);
                WriteJob(ref writer, m.Job);
                writer.Write(m.User);
                writer.Write(ShortText.Cut(m.Subject, Subject));
                writer.Write(ShortText.Cut(m.Directory, Folder));
                writer.Write((int)m.Purpose);
                writer.Write(m.Build);
                break;
            case JobStepBegun m:
                Begin(ref writer, StepBegun, 4, m);
                WriteJob(ref writer, m.Job);
                writer.Write((int)m.Step);
                writer.Write(m.Worker);
                break;
            case JobFinished m:
                Begin(ref writer, Finished, 7, m);
                WriteJob(ref writer, m.Job);
                writer.Write(m.User);
                writer.Write(m.Build);
                writer.Write(Math.Clamp(m.Cpu.Ticks, 0, WireLimits.JobTicks));
                writer.Write(Math.Clamp(m.PeakMemory, 0, WireLimits.Memory));
                WriteRecord(ref writer, m.Record);
                break;
            case JobsForgotten m:
                Begin(ref writer, Forgotten, 1, m);
                writer.Write(m.Agent);
                break;
            case HeadersRead m:
                Begin(ref writer, Headers, 3, m);
                WriteJob(ref writer, m.Job);
                WriteHeaders(ref writer, m.Headers);
                break;
            case JobEventsLost m:
                Begin(ref writer, Lost, 1, m);
                writer.Write(m.Count);
                break;
            default:
                throw new ArgumentException($"{happened.GetType().Name} has no form on the wire.", nameof(happened));
        }
    }

    /// <summary>Reads an event.</summary>
    /// <exception cref="WireFormatException">The bytes are no event.</exception>
    public static JobEvent Read(ref MessagePackReader reader)
    {
        int count = reader.ReadCount(16), kind = reader.ReadInt32();
        int expected = kind switch { Begun or Finished => 9, StepBegun => 6, Headers => 5, Forgotten or Lost => 3, _ => throw new WireFormatException($"{kind} is the number of no event.") };
        if (count != expected)
        {
            throw new WireFormatException($"{expected} fields expected, {count} found.");
        }

        DateTimeOffset at = reader.ReadMoment();
        return kind switch
        {
            Begun => new JobBegun
            {
                At = at,
                Job = ReadJob(ref reader),
                User = ReadName(ref reader),
                Subject = ReadCut(ref reader, Subject),
                Directory = ReadCut(ref reader, Folder),
                Purpose = reader.ReadEnum<CommandPurpose>(),
                Build = ReadName(ref reader),
            },
            StepBegun => new JobStepBegun { At = at, Job = ReadJob(ref reader), Step = reader.ReadEnum<JobStep>(), Worker = ReadName(ref reader) },
            Finished => new JobFinished
            {
                At = at,
                Job = ReadJob(ref reader),
                User = ReadName(ref reader),
                Build = ReadName(ref reader),
                Cpu = new TimeSpan(reader.ReadLength(WireLimits.JobTicks)),
                PeakMemory = reader.ReadLength(WireLimits.Memory),
                Record = ReadRecord(ref reader, at),
            },
            Headers => new HeadersRead { At = at, Job = ReadJob(ref reader), Headers = ReadHeaders(ref reader) },
            Forgotten => new JobsForgotten { At = at, Agent = ReadName(ref reader) },
            _ => new JobEventsLost { At = at, Count = reader.ReadLength(long.MaxValue) is > 0 and var lost ? lost : throw new WireFormatException("A loss of nothing.") },
        };
    }

    private static void Begin(ref MessagePackWriter writer, int kind, int fields, JobEvent happened)
    {
        writer.WriteArrayHeader(fields + 2);
        writer.Write(kind);
        writer.WriteMoment(happened.At);
    }

    private static void WriteJob(ref MessagePackWriter writer, in JobId job)
    {
        writer.Write(job.Agent);
        writer.Write(job.Number);
    }

    private static JobId ReadJob(ref MessagePackReader reader) => new(ReadName(ref reader), reader.ReadInt64());

    private static void WriteRecord(ref MessagePackWriter writer, JobRecord record)
    {
        writer.WriteArrayHeader(11);
        writer.Write(ShortText.Cut(record.Subject, Subject));
        writer.Write(ShortText.Cut(record.Directory, Folder));
        writer.Write((int)record.Purpose);
        writer.Write((int)record.Place);
        writer.Write(record.Worker);
        writer.Write(Math.Clamp(record.Slot, 0, WireLimits.Slots));
        writer.Write(ShortText.Cut(record.Reason, Reason));
        writer.WriteOptionalNumber((int?)record.Kind);
        writer.WriteOptionalNumber(record.ExitCode);
        writer.Write(Math.Clamp(record.Duration.Ticks, 0, WireLimits.JobTicks));
        TimelineCodec.Write(ref writer, record.Timeline, Stretches);
    }

    private static JobRecord ReadRecord(ref MessagePackReader reader, DateTimeOffset ended)
    {
        reader.ReadFields(11);
        return new JobRecord
        {
            Subject = ReadCut(ref reader, Subject),
            Directory = ReadCut(ref reader, Folder),
            Purpose = reader.ReadEnum<CommandPurpose>(),
            Place = reader.ReadEnum<JobPlace>(),
            Worker = ReadName(ref reader),
            Slot = (int)reader.ReadLength(WireLimits.Slots),
            Reason = ReadCut(ref reader, Reason),
            Kind = reader.TryReadNil() ? null : reader.ReadEnum<LocalOnlyKind>(),
            ExitCode = reader.TryReadNil() ? null : reader.ReadInt32(),
            Duration = new TimeSpan(reader.ReadLength(WireLimits.JobTicks)),
            Ended = ended,
            Timeline = TimelineCodec.Read(ref reader, Stretches),
        };
    }

    private static void WriteHeaders(ref MessagePackWriter writer, ImmutableArray<HeaderCost> headers)
    {
        writer.WriteArrayHeader(Math.Min(headers.Length, HeadersRead.Most));
        foreach (HeaderCost header in headers.AsSpan()[..Math.Min(headers.Length, HeadersRead.Most)])
        {
            writer.WriteArrayHeader(4);
            writer.Write(header.Path.Length <= Subject ? header.Path : CutFront(header.Path));
            writer.Write(Math.Clamp(header.Bytes, 0, WireLimits.Blob));
            writer.Write(header.Jobs);
            writer.Write(Math.Clamp(header.Cost.Ticks, 0, long.MaxValue));
        }
    }

    private static ImmutableArray<HeaderCost> ReadHeaders(ref MessagePackReader reader)
    {
        int count = reader.ReadCount(HeadersRead.Most);
        var headers = ImmutableArray.CreateBuilder<HeaderCost>(count);
        for (int i = 0; i < count; i++)
        {
            reader.ReadFields(4);
            headers.Add(new HeaderCost(ReadCut(ref reader, Subject), reader.ReadLength(WireLimits.Blob), (int)reader.ReadLength(int.MaxValue), new TimeSpan(reader.ReadLength(long.MaxValue))));
        }

        return headers.DrainToImmutable();
    }

    /// <summary>Cuts a path at the front, because the end of a path says more than its beginning.</summary>
    private static string CutFront(string path)
    {
        int from = path.Length - Subject + 1;
        return "…" + path[(char.IsLowSurrogate(path[from]) ? from + 1 : from)..];
    }

    private static string ReadName(ref MessagePackReader reader) => reader.ReadText(WireLimits.Name);

    /// <summary>Reads a text that its writer has cut: a scheduler keeps thousands of events in memory, and a longer text comes from no writer of this protocol.</summary>
    private static string ReadCut(ref MessagePackReader reader, int characters) => reader.ReadText(BytesPerCharacter * characters);
}
