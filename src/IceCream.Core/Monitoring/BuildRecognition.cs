using IceCream.Jobs;

namespace IceCream.Monitoring;

/// <summary>
/// Groups jobs into builds. Jobs of one agent are one build when no pause longer than <see cref="Pause"/> lies between them and they have the same build name
/// or, without a name, come from one folder tree. A pure state machine that is given the time; for one thread at a time.
/// </summary>
/// <param name="firstBuild">The number of the first build.</param>
internal sealed class BuildRecognition(long firstBuild)
{
    /// <summary>How long a build may be silent, as during a code generator or a link between two compiles.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    /// <summary>How many builds are tracked at a time. When there are more, the builds that have been silent for longest are ended.</summary>
    public const int Most = 256;

    /// <summary>The most levels between a job's folder and the root of its tree, and the least depth of that root: folders above may hold several projects.</summary>
    private const int Climb = 4, Shallowest = 3;

    private readonly List<BuildUnderWay> _builds = [];
    private readonly Dictionary<JobId, BuildUnderWay> _jobs = [];
    private long _next = firstBuild;

    /// <summary>The builds that are under way.</summary>
    public IReadOnlyList<BuildUnderWay> UnderWay => _builds;

    /// <summary>The build that a job under way belongs to; null when none is known.</summary>
    public BuildUnderWay? Of(JobId job) => _jobs.GetValueOrDefault(job);

    /// <summary>Adds a job that begins.</summary>
    /// <returns>The build that it belongs to.</returns>
    public BuildUnderWay Begin(JobBegun begun)
    {
        if (_jobs.TryGetValue(begun.Job, out BuildUnderWay? known))
        {
            return known;
        }

        BuildUnderWay build = Find(begun.Job, begun.User, begun.Build, begun.Directory, begun.At);
        if (_jobs.Count < RunningJobs.Most)
        {
            _jobs[begun.Job] = build;
        }

        build.Begin(begun.Job, Tree(build.Folder, begun.Directory) ?? build.Folder, begun.At);
        return build;
    }

    /// <summary>Adds a job that has ended.</summary>
    /// <returns>The build that it belongs to.</returns>
    public BuildUnderWay Finish(JobFinished finished)
    {
        if (!_jobs.Remove(finished.Job, out BuildUnderWay? build))
        {
            build = Find(finished.Job, finished.User, finished.Build, finished.Record.Directory, finished.At - finished.Record.Duration);
        }

        build.Finish(finished);
        return build;
    }

    /// <summary>Drops an agent's jobs under way, whose ends will not be reported; those of all agents when the name is empty.</summary>
    public void Forget(string agent)
    {
        foreach (JobId job in _jobs.Keys.Where(job => agent.Length == 0 || job.Agent == agent).ToArray())
        {
            _jobs.Remove(job);
        }

        foreach (BuildUnderWay build in _builds.Where(build => agent.Length == 0 || build.Agent == agent))
        {
            build.Forget();
        }
    }

    /// <summary>Ends the builds that have been silent for long enough, and those beyond <see cref="Most"/>.</summary>
    /// <returns>The ended builds that compiled something.</returns>
    public IReadOnlyList<BuildSummary> End(DateTimeOffset now)
    {
        BuildUnderWay[] ended = [.. _builds.Where(build => build.Running == 0 && (now - build.Heard > Pause || now < build.Heard - Pause))];
        BuildUnderWay[] crowded = [.. _builds.Except(ended).OrderBy(static build => build.Heard).Take(Math.Max(0, _builds.Count - ended.Length - Most))];
        foreach (BuildUnderWay build in ended.Concat(crowded))
        {
            _builds.Remove(build);
        }

        foreach (JobId job in crowded.Length == 0 ? [] : _jobs.Where(job => crowded.Contains(job.Value)).Select(static job => job.Key).ToArray())
        {
            _jobs.Remove(job);
        }

        return [.. ended.Concat(crowded).Where(static build => build.Compiles > 0).Select(static build => build.Describe(isRunning: false))];
    }

    /// <summary>The tree that holds two folders; null when they belong to different trees.</summary>
    internal static string? Tree(string tree, string folder)
    {
        string[] one = Parts(tree), other = Parts(folder);
        int common = one.Zip(other).TakeWhile(static pair => pair.First == pair.Second).Count();
        bool isWithin = common == one.Length || common == other.Length;
        bool isNear = common >= Shallowest && one.Length - common <= Climb && other.Length - common <= Climb;
        return isWithin && common > 0 || isNear ? "/" + string.Join('/', one[..common]) : one.Length == 0 && other.Length == 0 ? "/" : null;
    }

    private static string[] Parts(string folder) => folder.Split('/', StringSplitOptions.RemoveEmptyEntries);

    private BuildUnderWay Find(JobId job, string user, string name, string folder, DateTimeOffset at)
    {
        BuildUnderWay? build = _builds.LastOrDefault(build => (build.Running > 0 || at - build.Heard <= Pause) && build.Agent == job.Agent && build.Name == name
            && (name.Length > 0 || Tree(build.Folder, folder) is not null));
        if (build is null)
        {
            build = new BuildUnderWay(_next++, job, user, name, folder, at);
            _builds.Add(build);
        }

        return build;
    }
}
