using IceCream.Jobs;

namespace IceCream.Monitoring;

/// <summary>A job that has ended, and the build that it belongs to.</summary>
/// <param name="Job">The job.</param>
/// <param name="Build">The build's number.</param>
internal sealed record PastJob(JobFinished Job, long Build);

/// <summary>
/// What a scheduler knows about the jobs of its farm: the jobs under way, the latest jobs that ended, and their builds. Agents report the jobs; observers
/// subscribe to <see cref="Stream"/>. Thread-safe.
/// </summary>
/// <param name="history">The past builds. Disposed together with this object.</param>
/// <param name="time">The clock.</param>
/// <param name="log">The past jobs in files; null: only the jobs in memory are known. Disposed together with this object.</param>
internal sealed class FarmJobs(BuildHistory history, TimeProvider time, JobLog? log = null) : IDisposable
{
    /// <summary>How many jobs that have ended are kept in memory.</summary>
    public const int Remembered = 5000;

    /// <summary>By how much the clocks of two machines may differ before times are corrected.</summary>
    private static readonly TimeSpan ClockSlack = TimeSpan.FromSeconds(2);

    /// <summary>By how much the times of a build and of its jobs may differ.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Queue<PastJob> _past = new();
    private readonly BuildRecognition _builds = new(Math.Max(history.Last + 1, time.GetUtcNow().ToUnixTimeSeconds()), history.Add);

    /// <summary>The job events of the farm.</summary>
    public JobEventStream Stream { get; } = new(time);

    /// <summary>How many events agents lost before they could report them.</summary>
    public long Lost { get; private set; }

    /// <summary>How many jobs could not be written to the log of the past.</summary>
    public long Unlogged => log?.Dropped ?? 0;

    /// <summary>Takes the events that an agent reports about its jobs.</summary>
    /// <param name="agent">The agent, as its session knows it.</param>
    /// <param name="user">The agent's user, as its session knows it.</param>
    /// <param name="sent">When the events were sent, by the agent's clock.</param>
    /// <param name="localSlots">How many compiles the agent's machine runs at a time by itself.</param>
    /// <param name="happened">The events, in order.</param>
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

    /// <summary>Drops the jobs under way of an agent that has left: their ends will not be known.</summary>
    public void Forget(string agent)
    {
        lock (_lock)
        {
            _builds.Forget(agent);
            Stream.Publish(new JobsForgotten { At = time.GetUtcNow(), Agent = agent });
        }
    }

    /// <summary>Ends the builds that have been silent for long enough.</summary>
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

    /// <summary>The latest jobs that have ended, oldest first.</summary>
    /// <param name="most">The most jobs to return.</param>
    /// <param name="build">The number of their build; null: jobs of any build.</param>
    public IReadOnlyList<PastJob> Past(int most = Remembered, long? build = null)
    {
        lock (_lock)
        {
            return [.. _past.Where(job => build is null || job.Build == build).TakeLast(most)];
        }
    }

    /// <summary>
    /// The jobs that ended within a period, from the log or, without a log, from memory, oldest first except for jobs that ended at nearly the same time. They are read
    /// lazily, and hold up nothing else.
    /// </summary>
    /// <param name="from">The earliest end.</param>
    /// <param name="to">The latest end.</param>
    public IEnumerable<PastJob> Between(DateTimeOffset from, DateTimeOffset to) =>
        (log is null ? Past() : log.Read(from, to)).Where(job => job.Job.At >= from && job.Job.At <= to);

    /// <summary>A build's known jobs, ordered by their ends: at most <paramref name="most"/>, and of a build under way only those in memory.</summary>
    public IReadOnlyList<PastJob> Of(BuildSummary build, int most) => build.IsRunning ? Past(Math.Min(most, Remembered), build.Id)
        : [.. Between(build.Began - Slack, build.Ended + Slack).Where(job => job.Build == build.Id).Take(most).OrderBy(static job => job.Job.At)];

    /// <summary>The known builds, latest first.</summary>
    public IReadOnlyList<BuildSummary> Builds()
    {
        lock (_lock)
        {
            return [.. _builds.UnderWay.Select(static build => build.Describe(isRunning: true)).Where(static build => build.Compiles > 0).Concat(history.Builds)
                .OrderByDescending(static build => build.Began)];
        }
    }

    /// <summary>The build of a number; null when there is none.</summary>
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
            // The ends of the jobs under way will never be reported.
            _builds.Forget("");
            foreach (BuildSummary build in _builds.End(DateTimeOffset.MaxValue))
            {
                history.Add(build);
            }

            history.Dispose();
        }

        log?.Dispose();
    }

    /// <summary>Converts a time to this machine's clock, limited to what a job under way or just ended can have: from a day ago to a minute ahead.</summary>
    private static DateTimeOffset Moved(DateTimeOffset at, TimeSpan off, DateTimeOffset now) => new(
        Math.Clamp(at.UtcTicks + off.Ticks, now.UtcTicks - TimeSpan.TicksPerDay, now.UtcTicks + TimeSpan.TicksPerMinute), TimeSpan.Zero);

    /// <summary>The event under the agent's own name, whatever name it contains; null for events that agents do not send.</summary>
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
                Lost += Math.Min(lost.Count, long.MaxValue - Lost);
                break;
        }
    }
}
