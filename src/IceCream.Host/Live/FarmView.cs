using System.Collections.Immutable;
using IceCream.Diagnostics;
using IceCream.Jobs;
using IceCream.Monitoring;

namespace IceCream.Host.Live;

/// <summary>A row for a job under way.</summary>
/// <param name="User">The user that runs it.</param>
/// <param name="Subject">Its subject, usually the source file.</param>
/// <param name="Step">Its current step; null before the first step is reported.</param>
/// <param name="Worker">The worker that runs it; empty for none.</param>
/// <param name="Since">When that step began.</param>
internal sealed record JobLine(string User, string Subject, JobStep? Step, string Worker, DateTimeOffset Since);

/// <summary>A row for a user.</summary>
/// <param name="Name">The user's name.</param>
/// <param name="Running">Jobs on workers.</param>
/// <param name="Waiting">Jobs that wait for a worker.</param>
/// <param name="Ended">Jobs that ended in the last minute.</param>
internal sealed record UserLine(string Name, int Running, int Waiting, int Ended);

/// <summary>The current state of a farm for <c>icehost top</c>, built from scheduler events. Callers pass the time. It keeps a minute of ended jobs, at most 100000.</summary>
internal sealed class FarmView
{
    /// <summary>The period over which <see cref="Rate"/> averages.</summary>
    public static readonly TimeSpan Recently = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(1);
    private const int MostEnds = 100_000;

    private readonly RunningJobs _running = new();
    private readonly Queue<(DateTimeOffset Heard, string User, JobPlace Place)> _ends = new();

    /// <summary>The last status of the nodes; null before the first.</summary>
    public FarmStatus? Status { get; private set; }

    /// <summary>How many events were lost because this client was too slow.</summary>
    public long Lost { get; private set; }

    /// <summary>Why no events arrive at the moment; null if they do.</summary>
    public Obstacle? Obstacle { get; set; }

    /// <summary>All jobs under way; the one that has been at its step longest comes first.</summary>
    public ImmutableArray<JobLine> Jobs =>
    [
        .. _running.All
            .Select(static job => new JobLine(job.Begun.User, job.Begun.Subject, job.Step?.Step, job.Step?.Worker ?? "", job.Step?.At ?? job.Begun.At))
            .OrderBy(static job => job.Since).ThenBy(static job => job.Subject, StringComparer.Ordinal),
    ];

    public void See(FarmStatus status) => Status = status;

    /// <summary>Applies a job event.</summary>
    /// <param name="happened">The event.</param>
    /// <param name="now">When it was received, by the local clock: agents' clocks may differ from it.</param>
    public void Hear(JobEvent happened, DateTimeOffset now)
    {
        _running.Apply(happened);
        switch (happened)
        {
            case JobFinished { Record.Purpose: not CommandPurpose.Question } finished:
                _ends.Enqueue((now, finished.User, finished.Record.Place));
                break;
            case JobEventsLost lost:
                Lost += lost.Count;
                break;
        }

        while (_ends.Count > MostEnds || (_ends.TryPeek(out var oldest) && (now - oldest.Heard).Duration() > Kept))
        {
            _ends.Dequeue();
        }
    }

    /// <summary>Jobs that ended per second, averaged over <see cref="Recently"/>.</summary>
    public double Rate(DateTimeOffset now) => _ends.Count(end => now - end.Heard <= Recently && end.Heard <= now) / Recently.TotalSeconds;

    /// <summary>The part (0 to 1) of the jobs ended in the last minute whose result was cached or joined; null if none ended.</summary>
    public double? Known => _ends.Count == 0 ? null : _ends.Count(static end => end.Place is JobPlace.Cached or JobPlace.Joined) / (double)_ends.Count;

    /// <summary>The users that have jobs or had some in the last minute, the busiest first.</summary>
    public ImmutableArray<UserLine> Users
    {
        get
        {
            ILookup<string, JobLine> jobs = Jobs.ToLookup(static job => job.User);
            ILookup<string, JobPlace> ends = _ends.ToLookup(static end => end.User, static end => end.Place);
            return
            [
                .. jobs.Select(static user => user.Key).Union(ends.Select(static user => user.Key))
                    .Select(user => new UserLine(
                        user, jobs[user].Count(static job => job.Worker.Length > 0), jobs[user].Count(static job => job.Step == JobStep.Lease), ends[user].Count()))
                    .OrderByDescending(static user => user.Running).ThenByDescending(static user => user.Ended).ThenBy(static user => user.Name, StringComparer.Ordinal),
            ];
        }
    }
}
