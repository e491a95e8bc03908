using IceCream.Jobs;

namespace IceCream.Monitoring;

/// <summary>
/// Groups jobs into builds. Jobs of one agent are one build when no pause longer than <see cref="Pause"/> lies between them and they have the same build name
/// or, without a name, come from one folder tree. A pure state machine that is given the time; for one thread at a time.
/// </summary>
/// <param name="firstBuild">The number of the first build.</param>
/// <param name="crowdedOut">Receives builds that compiled something and are ended early, because more than <see cref="Most"/> would be tracked.</param>
internal sealed class BuildRecognition(long firstBuild, Action<BuildSummary>? crowdedOut = null)
{
    /// <summary>How long a build may be silent, as during a code generator or a link between two compiles.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How many builds are tracked at a time. One that begins beyond them ends a build of the agent that has most, so that no agent ends the builds of others:
    /// one without jobs under way if there is any, and of those the one that has been silent for longest.
    /// </summary>
    public const int Most = 256;

    /// <summary>The most levels between a job's folder and the root of its tree, and the least depth of that root: folders above may hold several projects.</summary>
    private const int Climb = 4, Shallowest = 3;

    private readonly List<BuildUnderWay> _builds = [];

    /// <summary>The same builds by agent and name, in the order of their beginnings: a job looks at the few that it could belong to.</summary>
    private readonly Dictionary<(string Agent, string Name), List<BuildUnderWay>> _named = [];
    private readonly Dictionary<JobId, BuildUnderWay> _jobs = [];
    private readonly JobCounts _counts = new();
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
        build.Widen(Tree(build.Folder, begun.Directory) ?? build.Folder, begun.At);
        if (_counts.TryAdd(begun.Job))
        {
            _jobs[begun.Job] = build;
            build.Begin(begun.Job);
        }

        return build;
    }

    /// <summary>Adds a job that has ended.</summary>
    /// <returns>The build that it belongs to.</returns>
    public BuildUnderWay Finish(JobFinished finished)
    {
        if (_jobs.Remove(finished.Job, out BuildUnderWay? build))
        {
            _counts.Remove(finished.Job);
        }
        else
        {
            build = Find(finished.Job, finished.User, finished.Build, finished.Record.Directory, finished.At - finished.Record.Duration);
        }

        build.Finish(finished);
        return build;
    }

    /// <summary>Drops an agent's jobs under way, whose ends will not be reported; those of all agents when the name is empty.</summary>
    public void Forget(string agent)
    {
        foreach (BuildUnderWay build in _builds.Where(build => agent.Length == 0 || build.Agent == agent))
        {
            Forget(build);
        }
    }

    /// <summary>Ends the builds that have been silent for long enough.</summary>
    /// <returns>The ended builds that compiled something.</returns>
    public IReadOnlyList<BuildSummary> End(DateTimeOffset now)
    {
        BuildUnderWay[] ended = [.. _builds.Where(build => build.Running == 0 && (now - build.Heard > Pause || now < build.Heard - Pause))];
        foreach (BuildUnderWay build in ended)
        {
            Remove(build);
        }

        return [.. ended.Where(static build => build.Compiles > 0).Select(static build => build.Describe(isRunning: false))];
    }

    /// <summary>The tree that holds two folders; null when they belong to different trees.</summary>
    internal static string? Tree(string tree, string folder) => !AreOneTree(tree, folder, out int common) ? null
        : "/" + string.Join('/', tree.Split('/', StringSplitOptions.RemoveEmptyEntries).Take(common));

    /// <summary>Whether two folders belong to one tree. Allocates nothing: it is asked for many builds with each job.</summary>
    /// <param name="tree">A folder.</param>
    /// <param name="folder">The other folder.</param>
    /// <param name="common">How many levels from the root down they share.</param>
    internal static bool AreOneTree(ReadOnlySpan<char> tree, ReadOnlySpan<char> folder, out int common)
    {
        for (common = 0; ; common++)
        {
            ReadOnlySpan<char> treeBelow = tree, folderBelow = folder, level = Down(ref treeBelow);
            if (level.IsEmpty || !level.SequenceEqual(Down(ref folderBelow)))
            {
                break;
            }

            tree = treeBelow;
            folder = folderBelow;
        }

        int treeLevels = Levels(tree), folderLevels = Levels(folder);
        bool isWithin = treeLevels == 0 || folderLevels == 0, isNear = common >= Shallowest && treeLevels <= Climb && folderLevels <= Climb;
        return common > 0 ? isWithin || isNear : treeLevels == 0 && folderLevels == 0;
    }

    /// <summary>Takes the first level off a path; returns nothing when there is none.</summary>
    private static ReadOnlySpan<char> Down(ref ReadOnlySpan<char> path)
    {
        path = path.TrimStart('/');
        int end = path.IndexOf('/');
        ReadOnlySpan<char> level = end < 0 ? path : path[..end];
        path = path[level.Length..];
        return level;
    }

    /// <summary>How many levels a path has, counted to one beyond <see cref="Climb"/>.</summary>
    private static int Levels(ReadOnlySpan<char> path)
    {
        int levels = 0;
        while (levels <= Climb && !Down(ref path).IsEmpty)
        {
            levels++;
        }

        return levels;
    }

    private BuildUnderWay Find(JobId job, string user, string name, string folder, DateTimeOffset at)
    {
        if (_named.GetValueOrDefault((job.Agent, name)) is { } like
            && like.FindLast(build => (build.Running > 0 || at - build.Heard <= Pause) && (name.Length > 0 || AreOneTree(build.Folder, folder, out _))) is { } known)
        {
            return known;
        }

        if (_builds.Count >= Most)
        {
            MakeRoom();
        }

        var build = new BuildUnderWay(_next++, job, user, name, folder, at);
        _builds.Add(build);
        if (!_named.TryGetValue((job.Agent, name), out List<BuildUnderWay>? alike))
        {
            _named.Add((job.Agent, name), alike = []);
        }

        alike.Add(build);
        return build;
    }

    private void MakeRoom()
    {
        IGrouping<string, BuildUnderWay> crowd = _builds.GroupBy(static build => build.Agent)
            .MaxBy(static builds => (builds.Count(), -builds.Min(static build => build.Heard.UtcTicks)))!;
        BuildUnderWay least = crowd.MinBy(static build => (build.Running > 0, build.Heard))!;
        Remove(least);
        if (least.Compiles > 0)
        {
            crowdedOut?.Invoke(least.Describe(isRunning: false));
        }
    }

    private void Remove(BuildUnderWay build)
    {
        Forget(build);
        _builds.Remove(build);
        List<BuildUnderWay> alike = _named[(build.Agent, build.Name)];
        alike.Remove(build);
        if (alike.Count == 0)
        {
            _named.Remove((build.Agent, build.Name));
        }
    }

    private void Forget(BuildUnderWay build)
    {
        foreach (JobId job in build.Forget())
        {
            if (_jobs.Remove(job))
            {
                _counts.Remove(job);
            }
        }
    }
}
