using System.Collections.Immutable;
using IceCream.Jobs;
using IceCream.Monitoring;

namespace IceCream.Host.Builds;

/// <summary>A build that has ended or pauses: the jobs of one source tree without a long pause between them.</summary>
/// <param name="Number">Its number: from an agent, 1 for the oldest build that it remembers; from a scheduler, the scheduler's number.</param>
/// <param name="Folder">The tree in which its commands were run; empty if unknown.</param>
/// <param name="Began">When its first job arrived.</param>
/// <param name="Ended">When its last job ended.</param>
/// <param name="Jobs">Its jobs, by their ends.</param>
internal sealed record FinishedBuild(long Number, string Folder, DateTimeOffset Began, DateTimeOffset Ended, ImmutableArray<JobRecord> Jobs)
{
    /// <summary>The scheduler's summary of it; null if it comes from an agent.</summary>
    public BuildSummary? Kept { get; init; }

    /// <summary>The name that its user gave it; empty if there is none or it is unknown.</summary>
    public string Name => Kept?.Name ?? "";

    /// <summary>The most expensive headers; empty if unknown.</summary>
    public ImmutableArray<BuildHeader> Headers => Kept?.Headers ?? [];

    public int Compiles => Kept?.Compiles ?? Jobs.Count(static job => job.Purpose == CommandPurpose.Compile);

    /// <summary>How many jobs were remote, cached or joined.</summary>
    public int Away => Kept is null ? Jobs.Count(static job => job.Place is JobPlace.Remote or JobPlace.Cached or JobPlace.Joined)
        : ((JobPlace[])[JobPlace.Remote, JobPlace.Cached, JobPlace.Joined]).Sum(place => Kept.Places.GetValueOrDefault(JobNames.Of(place)));

    /// <summary>Its approximate critical path.</summary>
    public BuildChain Chain => BuildChain.Of(Jobs);

    /// <summary>From its first job's arrival to its last job's end.</summary>
    public TimeSpan Wall => Ended - Began;

    /// <summary>Its jobs without the probes of a build system.</summary>
    public IEnumerable<JobRecord> Work => Jobs.Where(static job => job.Purpose != CommandPurpose.Question);

    /// <summary>The sum of its compilers' run times.</summary>
    public TimeSpan Compiling => Jobs.Aggregate(TimeSpan.Zero, static (sum, job) => sum + CompilingOf(job));

    /// <summary>How long a job's compiler ran, on a worker or here.</summary>
    public static TimeSpan CompilingOf(JobRecord job) => job.Timeline.Stretches
        .Where(static stretch => stretch.Step is JobStep.Compile or JobStep.LocalCompile)
        .Aggregate(TimeSpan.Zero, static (sum, stretch) => sum + stretch.Duration);

    /// <summary>Builds one from a scheduler's records.</summary>
    /// <param name="build">The scheduler's summary.</param>
    /// <param name="jobs">The jobs of it that are known.</param>
    public static FinishedBuild Of(BuildSummary build, IEnumerable<JobFinished> jobs) =>
        new(build.Id, build.Folder, build.Began, build.Ended, [.. jobs.Select(static job => job.Record).OrderBy(static job => job.Ended)]) { Kept = build };

    /// <summary>Groups jobs into builds, the oldest first; leaves out builds in which nothing was compiled.</summary>
    /// <param name="jobs">An agent's jobs, in the order of their ends.</param>
    public static ImmutableArray<FinishedBuild> Recognise(IReadOnlyList<JobRecord> jobs)
    {
        // Begins and ends are replayed in time order, because builds are told apart by the pauses in which no job was under way.
        var recognition = new BuildRecognition(1);
        var builds = new Dictionary<long, (BuildUnderWay Build, List<JobRecord> Jobs)>();
        IEnumerable<(DateTimeOffset At, bool IsEnd, int Index)> moments = jobs
            .SelectMany(static (job, index) => new[] { (job.Ended - job.Duration, false, index), (job.Ended, true, index) })
            .OrderBy(static moment => moment.Item1).ThenBy(static moment => moment.Item2);
        foreach ((DateTimeOffset at, bool isEnd, int index) in moments)
        {
            JobRecord job = jobs[index];
            var id = new JobId("", index);
            if (!isEnd)
            {
                recognition.Begin(new JobBegun { At = at, Job = id, Subject = job.Subject, Directory = job.Directory, Purpose = job.Purpose });
                continue;
            }

            BuildUnderWay build = recognition.Finish(new JobFinished { At = at, Job = id, Record = job });
            if (!builds.TryGetValue(build.Id, out var known))
            {
                builds.Add(build.Id, known = (build, []));
            }

            known.Jobs.Add(job);
        }

        return
        [
            .. builds.OrderBy(static build => build.Key).Select(static build => build.Value)
                .Where(static build => build.Jobs.Exists(static job => job.Purpose == CommandPurpose.Compile))
                .Select(static (build, index) => new FinishedBuild(
                    index + 1, build.Build.Folder, build.Jobs.Min(static job => job.Ended - job.Duration), build.Jobs.Max(static job => job.Ended), [.. build.Jobs])),
        ];
    }
}
