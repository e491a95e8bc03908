using System.Collections.Immutable;
using IceCream.Jobs;
using MessagePack;

namespace IceCream.Wire;

// Job events, from agents to the scheduler and from the scheduler to monitors.
internal abstract partial record SchedulerMessage
{
    private const int JobEventsTag = 24, WatchTag = 25, BuildsRequestTag = 26, BuildsReplyTag = 27, BuildJobsRequestTag = 28;

    /// <summary>Events of jobs. The scheduler adds the agent's identity to the events that an agent sends.</summary>
    /// <param name="Sent">The sender's time.</param>
    /// <param name="LocalSlots">How many compiles the agent's machine runs by itself; 0 from a scheduler.</param>
    /// <param name="Events">The events, in order.</param>
    public sealed record JobEvents(DateTimeOffset Sent, int LocalSlots, ImmutableArray<JobEvent> Events) : SchedulerMessage
    {
        /// <summary>The most bytes of events in one message, so that a scheduler accepts it.</summary>
        private const int Room = WireLimits.ToScheduler - 128;

        /// <summary>Splits events into messages within these limits.</summary>
        public static IEnumerable<JobEvents> Of(DateTimeOffset sent, int localSlots, IEnumerable<JobEvent> happened)
        {
            var part = ImmutableArray.CreateBuilder<JobEvent>();
            int size = 0;
            foreach (JobEvent each in happened)
            {
                int more = JobEventCodec.SizeOf(each);
                if (part.Count == JobEventCodec.MostEvents || (part.Count > 0 && size + more > Room))
                {
                    yield return new JobEvents(sent, localSlots, part.DrainToImmutable());
                    size = 0;
                }

                part.Add(each);
                size += more;
            }

            if (part.Count > 0)
            {
                yield return new JobEvents(sent, localSlots, part.DrainToImmutable());
            }
        }
    }

    /// <summary>A monitor asks for the job events from now on.</summary>
    public sealed record Watch : SchedulerMessage;

    /// <summary>A monitor asks which builds the scheduler keeps.</summary>
    public sealed record BuildsRequest : SchedulerMessage;

    /// <summary>The scheduler: its builds, latest first.</summary>
    /// <param name="Builds">As JSON in UTF-8.</param>
    public sealed record BuildsReply(ReadOnlyMemory<byte> Builds) : SchedulerMessage;

    /// <summary>A monitor asks for the jobs of a build. The scheduler answers with <see cref="JobEvents"/>, the last of which has no events.</summary>
    /// <param name="Build">The build's number.</param>
    public sealed record BuildJobsRequest(long Build) : SchedulerMessage;

    /// <summary>How many fields a message of this file has, including its tag; null when the tag belongs to another file.</summary>
    private static int? JobsFields(int tag) => tag switch { JobEventsTag => 4, WatchTag or BuildsRequestTag => 1, BuildsReplyTag or BuildJobsRequestTag => 2, _ => null };

    /// <summary>Writes a message of this file.</summary>
    /// <returns>False when the message belongs to another file.</returns>
    private static bool TryWriteJobs(ref MessagePackWriter writer, SchedulerMessage message)
    {
        switch (message)
        {
            case JobEvents m:
                WriteEvents(ref writer, m);
                return true;
            case Watch:
                Begin(ref writer, WatchTag, 0);
                return true;
            case BuildsRequest:
                Begin(ref writer, BuildsRequestTag, 0);
                return true;
            case BuildsReply m:
                Begin(ref writer, BuildsReplyTag, 1);
                writer.Write(m.Builds.Span);
                return true;
            case BuildJobsRequest m:
                WriteNumber(ref writer, BuildJobsRequestTag, m.Build);
                return true;
            default:
                return false;
        }
    }

    private static SchedulerMessage ReadJobs(int tag, ref MessagePackReader reader) => tag switch
    {
        JobEventsTag => ReadEvents(ref reader),
        WatchTag => new Watch(),
        BuildsRequestTag => new BuildsRequest(),
        BuildsReplyTag => new BuildsReply(reader.ReadBlob(WireLimits.Builds)),
        _ => new BuildJobsRequest(reader.ReadLength(long.MaxValue)),
    };

    private static void WriteEvents(ref MessagePackWriter writer, JobEvents message)
    {
        Begin(ref writer, JobEventsTag, 3);
        writer.WriteMoment(message.Sent);
        writer.Write(message.LocalSlots);
        writer.WriteArrayHeader(message.Events.Length);
        foreach (JobEvent happened in message.Events)
        {
            JobEventCodec.Write(ref writer, happened);
        }
    }

    private static JobEvents ReadEvents(ref MessagePackReader reader)
    {
        DateTimeOffset sent = reader.ReadMoment();
        int localSlots = ReadSlots(ref reader), count = reader.ReadCount(JobEventCodec.MostEvents);
        var events = ImmutableArray.CreateBuilder<JobEvent>(Math.Min(count, 256));
        for (int i = 0; i < count; i++)
        {
            events.Add(JobEventCodec.Read(ref reader));
        }

        return new JobEvents(sent, localSlots, events.DrainToImmutable());
    }
}
