using System.Collections.Immutable;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using IceCream.Host.Builds;
using IceCream.Jobs;
using Xunit;

namespace IceCream.Host.Tests.Builds;

public sealed class BuildTraceTests
{
    /// <summary>Perfetto drops events that overlap on a track, and a viewer that draws them draws nonsense.</summary>
    [Property]
    public Property On_a_track_events_never_overlap_and_times_ascend() => Prop.ForAll(RandomJobs.Builds, static jobs =>
    {
        foreach (FinishedBuild build in FinishedBuild.Recognise(jobs))
        {
            using var trace = JsonDocument.Parse(BuildTrace.Write(build));
            var ends = new Dictionary<(int, int), long>();
            foreach (JsonElement one in trace.RootElement.GetProperty("traceEvents").EnumerateArray().Where(static one => one.GetProperty("ph").GetString() == "X"))
            {
                var track = (one.GetProperty("pid").GetInt32(), one.GetProperty("tid").GetInt32());
                long begin = one.GetProperty("ts").GetInt64(), duration = one.GetProperty("dur").GetInt64();
                Assert.True(begin >= ends.GetValueOrDefault(track), $"{begin} lies before {ends.GetValueOrDefault(track)} on track {track}.");
                Assert.True(duration > 0);
                ends[track] = begin + duration;
            }

            Assert.All(ends.Values, end => Assert.True(end <= (build.Wall.Ticks / TimeSpan.TicksPerMicrosecond)));
        }
    });

    /// <summary>No more slots are drawn than were needed at some moment.</summary>
    [Property]
    public Property A_place_has_as_many_tracks_as_it_had_jobs_at_a_time() => Prop.ForAll(RandomJobs.Builds, static jobs =>
    {
        foreach (FinishedBuild build in FinishedBuild.Recognise(jobs))
        {
            foreach (var place in BuildTrack.Of(build).GroupBy(static track => (track.Kind, track.Worker)))
            {
                (long Begin, long End)[] stays = [.. place.SelectMany(static track => track.Events).GroupBy(static one => one.Job, ReferenceEqualityComparer.Instance)
                    .Select(static job => (job.Min(static one => one.Begin), job.Max(static one => one.End)))];
                int most = stays.Select(stay => stays.Count(other => other.Begin <= stay.Begin && other.End > stay.Begin)).DefaultIfEmpty().Max();
                Assert.Equal(most, place.Count());
            }
        }
    });

    [Fact]
    public void A_place_is_a_process_and_a_slot_a_thread()
    {
        JobRecord[] jobs =
        [
            RandomJobs.Job("a.c", 0, 2, "blade", (JobStep.Lease, 0.5), (JobStep.Compile, 1), (JobStep.Receive, 0.5)),
            RandomJobs.Job("b.c", 0, 2, "blade", (JobStep.Compile, 2)),
            RandomJobs.Job("c.c", 2, 1, "blade", (JobStep.Compile, 1)),
        ];
        using var trace = JsonDocument.Parse(BuildTrace.Write(Assert.Single(FinishedBuild.Recognise(jobs))));
        JsonElement[] events = [.. trace.RootElement.GetProperty("traceEvents").EnumerateArray()];
        Assert.Equal(
            ["jobs under way", "job 1", "job 2", "worker blade", "slot 1", "slot 2"],
            events.Where(static one => one.GetProperty("ph").GetString() == "M").Select(static one => one.GetProperty("args").GetProperty("name").GetString()));
        JsonElement compile = events.Single(static one => one.GetProperty("name").GetString() == "a.c (compiling on the worker)" && one.GetProperty("pid").GetInt32() == 2);
        Assert.Equal((500_000, 1_000_000), (compile.GetProperty("ts").GetInt64(), compile.GetProperty("dur").GetInt64()));
    }

    /// <summary>A track is a slot: what its worker told, unless two jobs would lie on one another.</summary>
    [Fact]
    public void A_job_lies_in_the_slot_that_its_worker_told()
    {
        JobRecord[] jobs =
        [
            RandomJobs.Job("a.c", 0, 2, "blade", (JobStep.Compile, 2)) with { Slot = 3 },
            RandomJobs.Job("b.c", 1, 2, "blade", (JobStep.Compile, 2)) with { Slot = 3 },
            RandomJobs.Job("c.c", 3, 1, "blade", (JobStep.Compile, 1)) with { Slot = 3 },
            RandomJobs.Job("d.c", 3, 1, "blade", (JobStep.Compile, 1)),
        ];
        Assert.Equal(
            [(1, "b.c d.c"), (3, "a.c c.c")],
            BuildTrack.Of(Assert.Single(FinishedBuild.Recognise(jobs))).Where(static track => track.Kind == TrackKind.Worker)
                .Select(static track => (track.Slot, string.Join(' ', track.Events.Select(static one => one.Job.Subject)))));
    }

    /// <summary>An agent may tell of any number of jobs at a time, and the scheduler draws them for whoever asks.</summary>
    [Fact]
    public async Task Very_many_jobs_at_a_time_are_drawn_in_little_time()
    {
        const int Many = 100_000;
        FinishedBuild build = new(1, "/home/ada", RandomJobs.Noon, RandomJobs.Noon.AddSeconds(2000), [.. Enumerable.Range(0, Many).Select(static number =>
            RandomJobs.Job("a.c", number * 0.001, 1000, "blade", (JobStep.Compile, 1000)))]);
        ImmutableArray<BuildTrack> tracks = await Task.Run(() => BuildTrack.Of(build)).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(2 * Many, tracks.Length);
    }

    [Fact]
    public void Builds_are_told_apart_by_their_pauses_and_numbered_from_the_oldest()
    {
        JobRecord[] jobs =
        [
            RandomJobs.Job("a.c", 0, 1, "blade", (JobStep.Compile, 1)),
            RandomJobs.Job("b.c", 3, 1, "blade", (JobStep.Compile, 1)),
            RandomJobs.Job("--version", 50, 1) with { Purpose = CommandPurpose.Question },
            RandomJobs.Job("a.c", 100, 2, "blade", (JobStep.Compile, 2)),
        ];
        ImmutableArray<FinishedBuild> builds = FinishedBuild.Recognise(jobs);
        Assert.Equal([(1L, 2, 4.0), (2L, 1, 2.0)], builds.Select(static build => (build.Number, build.Jobs.Length, build.Wall.TotalSeconds)));
        Assert.Equal("/home/ada/project/out", builds[0].Folder);
    }
}
