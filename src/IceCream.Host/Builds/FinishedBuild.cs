using System.Collections.Immutable;
using IceCream.Jobs;
using IceCream.Monitoring;

namespace IceCream.Host.Builds;

/// <summary>A build that has ended, or rests: the jobs of one tree with no long pause between them.</summary>
/// <param name="Number">Its number: among those that its agent remembers from 1 for the oldest, and else as its scheduler counts.</param>
/// <param name="Folder">The tree in which its commands were typed; empty when that is not known.</param>
/// <param name="Began">When its first job came.</param>
/// <param name="Ended">When its last job ended.</param>
/// <param name="Jobs">Its jobs, by their ends.</param>
internal sealed record FinishedBuild(long Number, string Folder, DateTimeOffset Began, DateTimeOffset Ended, ImmutableArray<JobRecord> Jobs)
{
    /// <summary>What its scheduler keeps of it; null where its agent was asked.</summary>
    public BuildSummary? Kept { get; init; }

    /// <summary>What it was called by who started it; empty when nobody has named it, or that is not known.</summary>
    public string Name => Kept?.Name ?? "";

    /// <summary>The headers that cost most; none where nobody has told.</summary>
    public ImmutableArray<BuildHeader> Headers => Kept?.Headers ?? [];

    /// <summary>How many of its jobs were compiles.</summary>
    public int Compiles => Kept?.Compiles ?? Jobs.Count(static job => job.Purpose == CommandPurpose.Compile);

    /// <summary>How many jobs cost its machine nothing.</summary>
    public int Away => Kept is null ? Jobs.Count(static job => job.Place is JobPlace.Remote or JobPlace.Cached or JobPlace.Joined)
        : ((JobPlace[])[JobPlace.Remote, JobPlace.Cached, JobPlace.Joined]).Sum(place => Kept.Places.GetValueOrDefault(JobNames.Of(place)));

    /// <summary>What it waited for.</summary>
    public BuildChain Chain => BuildChain.Of(Jobs);

    /// <summary>From its first job's arrival to its last job's end.</summary>
    public TimeSpan Wall => Ended - Began;

    /// <summary>Jobs that are no questions of a build system.</summary>
    public IEnumerable<JobRecord> Work => Jobs.Where(static job => job.Purpose != CommandPurpose.Question);

    /// <summary>How long compilers ran for it, one after the other.</summary>
    public TimeSpan Compiling => Jobs.Aggregate(TimeSpan.Zero, static (sum, job) => sum + CompilingOf(job));

    /// <summary>How long a job's compiler ran, wherever that was.</summary>
    public static TimeSpan CompilingOf(JobRecord job) => job.Timeline.Stretches
        .Where(static stretch => stretch.Step is JobStep.Compile or JobStep.LocalCompile)
        .Aggregate(TimeSpan.Zero, static (sum, stretch) => sum + stretch.Duration);

    /// <summary>A build as its scheduler keeps it.</summary>
    /// <param name="build">The build.</param>
    /// <param name="jobs">Those of its jobs that are known.</param>
    public static FinishedBuild Of(BuildSummary build, IEnumerable<JobFinished> jobs) =>
        new(build.Id, build.Folder, build.Began, build.Ended, [.. jobs.Select(static job => job.Record).OrderBy(static job => job.Ended)]) { Kept = build };

    /// <summary>The builds that jobs were of, the oldest first. Those in which nothing was compiled are left out.</summary>
    /// <param name="jobs">An agent's jobs, in the order of their ends.</param>
    public static ImmutableArray<FinishedBuild> Recognise(IReadOnlyList<JobRecord> jobs)
    {
        // What happened, in the order in which it did: builds are told apart by the pauses in which nothing was under way.
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
