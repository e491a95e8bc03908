using System.Collections.Immutable;
using IceCream.Jobs;
using MessagePack;

namespace IceCream.Wire;

/// <summary>An agent's statistics, as the fields of a <see cref="LauncherMessage.StatisticsReply"/>.</summary>
internal static class StatisticsCodec
{
    public const int Fields = 15;

    private const int RecordFields = 14, StayFields = 4;
    private const int RecentJobs = 1000, Stays = 256, Sources = 16;

    public static void Write(ref MessagePackWriter writer, JobStatistics statistics)
    {
        writer.Write(statistics.Remote);
        writer.Write(statistics.Local);
        writer.Write(statistics.Cached);
        writer.Write(statistics.Joined);
        writer.Write(statistics.Failed);
        writer.Write(statistics.Cancelled);
        writer.Write(statistics.Compiles);
        writer.Write(statistics.CompilesAway);
        writer.Write(statistics.Questions);
        WriteCounts(ref writer, statistics.Reasons);
        writer.WriteArrayHeader(statistics.Stays.Length);
        foreach (StayCount stay in statistics.Stays)
        {
            writer.WriteArrayHeader(StayFields);
            writer.Write((int)stay.Purpose);
            writer.Write((int)stay.Kind);
            writer.Write(stay.Reason);
            writer.Write(stay.Count);
        }

        WriteCounts(ref writer, statistics.Workers);
        WriteCounts(ref writer, statistics.Inputs);
        WriteCounts(ref writer, statistics.Cache);
        writer.WriteArrayHeader(statistics.Recent.Length);
        foreach (JobRecord record in statistics.Recent)
        {
            WriteRecord(ref writer, record);
        }
    }

    /// <summary>Reads the fields of a reply.</summary>
    /// <exception cref="WireFormatException">The bytes are no statistics.</exception>
    public static JobStatistics Read(ref MessagePackReader reader)
    {
        var statistics = new JobStatistics
        {
            Remote = reader.ReadLength(long.MaxValue),
            Local = reader.ReadLength(long.MaxValue),
            Cached = reader.ReadLength(long.MaxValue),
            Joined = reader.ReadLength(long.MaxValue),
            Failed = reader.ReadLength(long.MaxValue),
            Cancelled = reader.ReadLength(long.MaxValue),
            Compiles = reader.ReadLength(long.MaxValue),
            CompilesAway = reader.ReadLength(long.MaxValue),
            Questions = reader.ReadLength(long.MaxValue),
            Reasons = ReadCounts(ref reader),
            Stays = ReadStays(ref reader),
            Workers = ReadCounts(ref reader),
            Inputs = ReadCounts(ref reader),
            Cache = ReadCounts(ref reader),
        };

        int count = reader.ReadCount(RecentJobs);
        var recent = ImmutableArray.CreateBuilder<JobRecord>(count);
        for (int i = 0; i < count; i++)
        {
            reader.ReadFields(RecordFields);
            recent.Add(new JobRecord
            {
                Subject = reader.ReadText(WireLimits.Path),
                Sources = reader.ReadTexts(Sources, WireLimits.Path),
                Directory = reader.ReadText(WireLimits.Path),
                Purpose = reader.ReadEnum<CommandPurpose>(),
                Place = reader.ReadEnum<JobPlace>(),
                Worker = reader.ReadText(WireLimits.Name),
                Reason = reader.ReadText(WireLimits.Text),
                Kind = reader.TryReadNil() ? null : reader.ReadEnum<LocalOnlyKind>(),
                ExitCode = reader.TryReadNil() ? null : reader.ReadInt32(),
                Duration = new TimeSpan(reader.ReadInt64()),
                Ended = reader.ReadMoment(),
                Timeline = TimelineCodec.Read(ref reader),
                Placement = PlacementCodec.Read(ref reader),
                Slot = (int)reader.ReadLength(WireLimits.Slots),
            });
        }

        return statistics with { Recent = recent.DrainToImmutable() };
    }

    private static void WriteRecord(ref MessagePackWriter writer, JobRecord record)
    {
        writer.WriteArrayHeader(RecordFields);
        writer.Write(record.Subject);
        writer.WriteTexts(record.Sources);
        writer.Write(record.Directory);
        writer.Write((int)record.Purpose);
        writer.Write((int)record.Place);
        writer.Write(record.Worker);
        writer.Write(record.Reason);
        writer.WriteOptionalNumber((int?)record.Kind);
        writer.WriteOptionalNumber(record.ExitCode);
        writer.Write(record.Duration.Ticks);
        writer.WriteMoment(record.Ended);
        TimelineCodec.Write(ref writer, record.Timeline);
        PlacementCodec.Write(ref writer, record.Placement);
        writer.Write(record.Slot);
    }

    private static ImmutableArray<StayCount> ReadStays(ref MessagePackReader reader)
    {
        int count = reader.ReadCount(Stays);
        var stays = ImmutableArray.CreateBuilder<StayCount>(count);
        for (int i = 0; i < count; i++)
        {
            reader.ReadFields(StayFields);
            stays.Add(new StayCount(
                reader.ReadEnum<CommandPurpose>(), reader.ReadEnum<LocalOnlyKind>(), reader.ReadText(WireLimits.Text), reader.ReadLength(long.MaxValue)));
        }

        return stays.DrainToImmutable();
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
