using System.Collections.Immutable;
using IceCream.Jobs;
using IceCream.Monitoring;

namespace IceCream.Host.Live;

/// <summary>A job under way, as it is shown.</summary>
/// <param name="User">Whose it is.</param>
/// <param name="Subject">What it is about.</param>
/// <param name="Step">The step that it is at; null before the first that is told.</param>
/// <param name="Worker">The worker that has it; empty when none has.</param>
/// <param name="Since">Since when it is at that step.</param>
internal sealed record JobLine(string User, string Subject, JobStep? Step, string Worker, DateTimeOffset Since);

/// <summary>A user, as shown.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Running">Jobs on workers.</param>
/// <param name="Waiting">Jobs that wait for a worker.</param>
/// <param name="Ended">Jobs that ended in the last minute.</param>
internal sealed record UserLine(string Name, int Running, int Waiting, int Ended);

/// <summary>A farm as it is now, made of what its scheduler tells: what <c>icehost top</c> shows. It is told the time, and holds no more than a minute's ends.</summary>
internal sealed class FarmView
{
    /// <summary>What rates are told of.</summary>
    public static readonly TimeSpan Recently = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(1);
    private const int MostEnds = 100_000;

    private readonly RunningJobs _running = new();
    private readonly Queue<(DateTimeOffset Heard, string User, JobPlace Place)> _ends = new();

    /// <summary>The nodes, and the rest of the status; null before anything is known.</summary>
    public FarmStatus? Status { get; private set; }

    /// <summary>How many events were lost because this side was too slow.</summary>
    public long Lost { get; private set; }

    /// <summary>Why nothing is heard at the moment; null when something is.</summary>
    public string? Obstacle { get; set; }

    /// <summary>All jobs that are under way, those first that have been at their step for longest.</summary>
    public ImmutableArray<JobLine> Jobs =>
    [
        .. _running.All
            .Select(static job => new JobLine(job.Begun.User, job.Begun.Subject, job.Step?.Step, job.Step?.Worker ?? "", job.Step?.At ?? job.Begun.At))
            .OrderBy(static job => job.Since).ThenBy(static job => job.Subject, StringComparer.Ordinal),
    ];

    /// <summary>The nodes are like this.</summary>
    public void See(FarmStatus status) => Status = status;

    /// <summary>This has happened.</summary>
    /// <param name="happened">What.</param>
    /// <param name="now">When it is heard: clocks of agents may differ from this one.</param>
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

        while (_ends.Count > MostEnds || (_ends.TryPeek(out var oldest) && now - oldest.Heard > Kept))
        {
            _ends.Dequeue();
        }
    }

    /// <summary>How many jobs ended in a second, lately.</summary>
    public double Rate(DateTimeOffset now) => _ends.Count(end => now - end.Heard <= Recently && end.Heard <= now) / Recently.TotalSeconds;

    /// <summary>What part of the jobs that ended in the last minute had a known result; null when none ended.</summary>
    public double? Known => _ends.Count == 0 ? null : _ends.Count(static end => end.Place is JobPlace.Cached or JobPlace.Joined) / (double)_ends.Count;

    /// <summary>Whoever has jobs or had some in the last minute, the busiest first.</summary>
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
