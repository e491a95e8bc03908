using IceCream.Jobs;

namespace IceCream.Monitoring;

/// <summary>A job that has ended, and the build that it belongs to.</summary>
/// <param name="Job">The job.</param>
/// <param name="Build">The build's number.</param>
internal sealed record PastJob(JobFinished Job, long Build);

/// <summary>
/// What a scheduler knows of the jobs of its farm: which are under way, the latest that have ended, and the builds that they make. Agents tell it; whoever
/// watches subscribes to <see cref="Stream"/>. Safe for use by several threads.
/// </summary>
/// <param name="history">The builds of the past. Disposed of with this.</param>
/// <param name="time">The time.</param>
/// <param name="log">The jobs of the past in files; null: those at hand are all. Disposed of with this.</param>
internal sealed class FarmJobs(BuildHistory history, TimeProvider time, JobLog? log = null) : IDisposable
{
    /// <summary>How many jobs that have ended are at hand.</summary>
    public const int Remembered = 5000;

    /// <summary>By how much the clocks of two machines may differ before times are corrected.</summary>
    private static readonly TimeSpan ClockSlack = TimeSpan.FromSeconds(2);

    /// <summary>By how much the times of a build and of its jobs may differ.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Queue<PastJob> _past = new();
    private readonly BuildRecognition _builds = new(Math.Max(history.Last + 1, time.GetUtcNow().ToUnixTimeSeconds()));

    /// <summary>What happens to jobs of the farm.</summary>
    public JobEventStream Stream { get; } = new(time);

    /// <summary>How many events agents have lost on the way here.</summary>
    public long Lost { get; private set; }

    /// <summary>How many jobs could not be written to the log of the past.</summary>
    public long Unlogged => log?.Dropped ?? 0;

    /// <summary>An agent tells what has happened to its jobs.</summary>
    /// <param name="agent">The agent, by its session.</param>
    /// <param name="user">Whose it is, by its session.</param>
    /// <param name="sent">When it was sent, by the agent's clock.</param>
    /// <param name="localSlots">How many compiles the agent's machine does by itself.</param>
    /// <param name="happened">What has happened, in its order.</param>
    public void Hear(string agent, string user, DateTimeOffset sent, int localSlots, IReadOnlyList<JobEvent> happened)
    {
        DateTimeOffset now = time.GetUtcNow();
        TimeSpan off = now - sent;
        off = off.Duration() > ClockSlack ? off : TimeSpan.Zero;
        lock (_lock)
        {
            var told = new List<JobEvent>(happened.Count);
            foreach (JobEvent each in happened)
            {
                if (Own(each, agent, user, at => Moved(at, off, now)) is { } own)
                {
                    Take(own, localSlots);
                    told.Add(own);
                }
            }

            Stream.Publish(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(told));
        }
    }

    /// <summary>An agent has left: how its jobs end is not known here.</summary>
    public void Forget(string agent)
    {
        lock (_lock)
        {
            _builds.Forget(agent);
            Stream.Publish(new JobsForgotten { At = time.GetUtcNow(), Agent = agent });
        }
    }

    /// <summary>Time has passed: builds that were silent for long enough have ended.</summary>
    public void PassTime()
    {
        lock (_lock)
        {
            foreach (BuildSummary build in _builds.End(time.GetUtcNow()))
            {
                history.Add(build);
            }
        }
    }

    /// <summary>The latest jobs that have ended, the oldest first.</summary>
    /// <param name="most">How many at most.</param>
    /// <param name="build">Of which build; null: of any.</param>
    public IReadOnlyList<PastJob> Past(int most = Remembered, long? build = null)
    {
        lock (_lock)
        {
            return [.. _past.Where(job => build is null || job.Build == build).TakeLast(most)];
        }
    }

    /// <summary>
    /// The jobs that ended within a time, from the log of the past and those at hand, the oldest first but for those that ended at nearly the same time. Read as they
    /// are taken, without holding anything up.
    /// </summary>
    /// <param name="from">The earliest end.</param>
    /// <param name="to">The latest.</param>
    public IEnumerable<PastJob> Between(DateTimeOffset from, DateTimeOffset to) =>
        (log is null ? Past() : log.Read(from, to)).Where(job => job.Job.At >= from && job.Job.At <= to);

    /// <summary>What is known of a build's jobs, by their ends: at most <paramref name="most"/> of them, and of a build that is under way those at hand.</summary>
    public IReadOnlyList<PastJob> Of(BuildSummary build, int most) => build.IsRunning ? Past(Math.Min(most, Remembered), build.Id)
        : [.. Between(build.Began - Slack, build.Ended + Slack).Where(job => job.Build == build.Id).Take(most).OrderBy(static job => job.Job.At)];

    /// <summary>The builds that are known, the latest first.</summary>
    public IReadOnlyList<BuildSummary> Builds()
    {
        lock (_lock)
        {
            return [.. _builds.UnderWay.Select(static build => build.Describe(isRunning: true)).Where(static build => build.Compiles > 0).Concat(history.Builds)
                .OrderByDescending(static build => build.Began)];
        }
    }

    /// <summary>A build; null when none has the number.</summary>
    public BuildSummary? Build(long id)
    {
        lock (_lock)
        {
            return _builds.UnderWay.FirstOrDefault(build => build.Id == id)?.Describe(isRunning: true) ?? history.Builds.LastOrDefault(build => build.Id == id);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            // Nobody will hear of the end of what is under way.
            _builds.Forget("");
            foreach (BuildSummary build in _builds.End(DateTimeOffset.MaxValue))
            {
                history.Add(build);
            }

            history.Dispose();
        }

        log?.Dispose();
    }

    /// <summary>A moment by this machine's clock; one that no job under way or just ended can have is drawn near.</summary>
    private static DateTimeOffset Moved(DateTimeOffset at, TimeSpan off, DateTimeOffset now) => new(
        Math.Clamp(at.UtcTicks + off.Ticks, now.UtcTicks - TimeSpan.TicksPerDay, now.UtcTicks + TimeSpan.TicksPerMinute), TimeSpan.Zero);

    /// <summary>The event as the agent's own, whatever name it uses; null for what an agent does not tell.</summary>
    private static JobEvent? Own(JobEvent happened, string agent, string user, Func<DateTimeOffset, DateTimeOffset> moved) => happened switch
    {
        JobBegun it => it with { Job = it.Job with { Agent = agent }, User = user, At = moved(it.At) },
        JobStepBegun it => it with { Job = it.Job with { Agent = agent }, At = moved(it.At) },
        JobFinished it => it with { Job = it.Job with { Agent = agent }, User = user, At = moved(it.At), Record = it.Record with { Ended = moved(it.At) } },
        HeadersRead it => it with { Job = it.Job with { Agent = agent }, At = moved(it.At) },
        JobsForgotten it => it with { Agent = agent },
        JobEventsLost it => it,
        _ => null,
    };

    private void Take(JobEvent happened, int localSlots)
    {
        switch (happened)
        {
            case JobBegun begun:
                _builds.Begin(begun).LocalSlots = localSlots;
                break;
            case JobFinished finished:
                BuildUnderWay build = _builds.Finish(finished);
                build.LocalSlots = localSlots;
                var past = new PastJob(finished, build.Id);
                _past.Enqueue(past);
                if (_past.Count > Remembered)
                {
                    _past.Dequeue();
                }

                log?.Append(past);
                break;
            case HeadersRead read when _builds.Of(read.Job) is { } under:
                under.Headers = read.Headers;
                break;
            case JobsForgotten forgotten:
                _builds.Forget(forgotten.Agent);
                break;
            case JobEventsLost lost:
                Lost += lost.Count;
                break;
        }
    }
}
