using System.Collections.Immutable;
using IceCream.Jobs;

namespace IceCream.Host.Builds;

/// <summary>A step of a job on a track.</summary>
/// <param name="Job">The job.</param>
/// <param name="Step">The step.</param>
/// <param name="Begin">In microseconds from the build's beginning.</param>
/// <param name="End">In the same unit; not before <paramref name="Begin"/>.</param>
internal readonly record struct TrackEvent(JobRecord Job, JobStep Step, long Begin, long End);

internal enum TrackKind
{
    /// <summary>Jobs from arrival to end, as the machine that submitted them sees them; there are as many tracks as jobs were under way at the same time.</summary>
    Roads,

    /// <summary>Slots of the machine that the build comes from.</summary>
    Here,

    /// <summary>Slots of a worker.</summary>
    Worker,
}

/// <summary>The events in one slot of a place, one after the other.</summary>
/// <param name="Kind">The kind of the track.</param>
/// <param name="Worker">The worker's name; empty if the track is not a worker's.</param>
/// <param name="Slot">Its number at that place, from 1, as the worker reported. A job gets the first free number if that is unknown or, by the clocks, still taken.</param>
/// <param name="Events">The events: times ascend, and no event begins before the one before it has ended.</param>
internal sealed record BuildTrack(TrackKind Kind, string Worker, int Slot, ImmutableArray<TrackEvent> Events)
{
    /// <summary>The tracks of a build: whole jobs first, then slots of the submitting machine, then slots of workers by name.</summary>
    public static ImmutableArray<BuildTrack> Of(FinishedBuild build)
    {
        var stays = new List<(TrackKind Kind, string Worker, int Slot, TrackEvent[] Events)>();
        foreach (JobRecord job in build.Jobs)
        {
            stays.AddRange(StaysOf(build, job));
        }

        var tracks = ImmutableArray.CreateBuilder<BuildTrack>();
        foreach (var place in stays.GroupBy(static stay => (stay.Kind, stay.Worker)).OrderBy(static place => place.Key.Kind).ThenBy(static place => place.Key.Worker, StringComparer.Ordinal))
        {
            var slots = new SortedDictionary<int, List<TrackEvent>>();

            // Free slots are kept, not searched for: an agent may tell of very many jobs at a time.
            var taken = new PriorityQueue<int, long>();
            var free = new SortedSet<int>();
            int unused = 1;
            foreach ((_, _, int told, TrackEvent[] events) in place.OrderBy(static stay => stay.Events[0].Begin).ThenBy(static stay => stay.Events[^1].End))
            {
                while (taken.TryPeek(out _, out long end) && end <= events[0].Begin)
                {
                    free.Add(taken.Dequeue());
                }

                while (slots.ContainsKey(unused))
                {
                    unused++;
                }

                int slot = told > 0 && (free.Contains(told) || !slots.ContainsKey(told)) ? told : free.Count > 0 ? Math.Min(free.Min, unused) : unused;
                free.Remove(slot);
                taken.Enqueue(slot, events[^1].End);
                if (!slots.TryGetValue(slot, out List<TrackEvent>? track))
                {
                    slots.Add(slot, track = []);
                }

                track.AddRange(events);
            }

            tracks.AddRange(slots.Select(slot => new BuildTrack(place.Key.Kind, place.Key.Worker, slot.Key, [.. slot.Value])));
        }

        return tracks.DrainToImmutable();
    }

    /// <summary>The places of a job and its events there: the whole job, and the parts that occupied a local slot or a worker's slot.</summary>
    private static IEnumerable<(TrackKind Kind, string Worker, int Slot, TrackEvent[] Events)> StaysOf(FinishedBuild build, JobRecord job)
    {
        long begin = Microseconds(job.Ended - job.Duration - build.Began), end = Math.Max(begin, Microseconds(job.Ended - build.Began));
        TimeSpan at = job.Ended - job.Duration - build.Began;
        var events = new List<TrackEvent>(job.Timeline.Stretches.Length);
        long last = begin;
        foreach (JobStretch stretch in job.Timeline.Stretches)
        {
            at += stretch.Duration > TimeSpan.Zero ? stretch.Duration : TimeSpan.Zero;
            long until = Math.Clamp(Microseconds(at), last, end);
            if (until > last)
            {
                events.Add(new TrackEvent(job, stretch.Step, last, until));
                last = until;
            }
        }

        if (events.Count == 0)
        {
            yield break;
        }

        yield return (TrackKind.Roads, "", 0, [.. events]);
        TrackEvent[] here = [.. events.Where(static one => one.Step == JobStep.LocalCompile)];
        if (here.Length > 0)
        {
            yield return (TrackKind.Here, "", 0, here);
        }

        TrackEvent[] away = [.. events.Where(static one => one.Step is JobStep.Prepare or JobStep.Compile)];
        if (away.Length > 0 && job.Worker.Length > 0)
        {
            yield return (TrackKind.Worker, job.Worker, job.Slot, away);
        }
    }

    private static long Microseconds(TimeSpan time) => time.Ticks / TimeSpan.TicksPerMicrosecond;
}
