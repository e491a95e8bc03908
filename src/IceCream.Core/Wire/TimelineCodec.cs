using System.Collections.Immutable;
using IceCream.Jobs;
using MessagePack;

namespace IceCream.Wire;

/// <summary>A job's timeline: <c>[[step, ticks]…]</c>. What a writer has beyond the limit it leaves out: the reader would refuse the whole message.</summary>
internal static class TimelineCodec
{
    public static void Write(ref MessagePackWriter writer, JobTimeline timeline, int most = WireLimits.Stretches)
    {
        ReadOnlySpan<JobStretch> stretches = timeline.Stretches.AsSpan()[..Math.Min(timeline.Stretches.Length, most)];
        writer.WriteArrayHeader(stretches.Length);
        foreach (JobStretch stretch in stretches)
        {
            writer.WriteArrayHeader(2);
            writer.Write((int)stretch.Step);
            writer.Write(Math.Clamp(stretch.Duration.Ticks, 0, WireLimits.JobTicks));
        }
    }

    public static JobTimeline Read(ref MessagePackReader reader, int most = WireLimits.Stretches)
    {
        int count = reader.ReadCount(most);
        var stretches = ImmutableArray.CreateBuilder<JobStretch>(count);
        for (int i = 0; i < count; i++)
        {
            reader.ReadFields(2);
            stretches.Add(new JobStretch(reader.ReadEnum<JobStep>(), new TimeSpan(reader.ReadLength(WireLimits.JobTicks))));
        }

        return new JobTimeline(stretches.DrainToImmutable());
    }
}
