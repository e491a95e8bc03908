using IceCream.Jobs;

namespace IceCream.Monitoring;

/// <summary>Tells of an agent's jobs as they go their road.</summary>
/// <param name="stream">Who is told.</param>
/// <param name="agent">The agent's name.</param>
/// <param name="user">Whose jobs they are.</param>
/// <param name="build">What the build is called that all of them belong to; empty when nobody has said so.</param>
/// <param name="time">The time.</param>
internal sealed class JobReporter(JobEventStream stream, string agent, string user, string build, TimeProvider time)
{
    /// <summary>How long the name of a build is at most, in characters: those beyond are left out.</summary>
    public const int LongestName = 60;

    // The number is greater than all numbers of an earlier agent of that name, because no job takes less than a tick.
    private long _last = time.GetUtcNow().UtcTicks;

    private readonly HeaderLedger _headers = new();

    private readonly string _build = build.Length <= LongestName ? build : build[..LongestName];

    /// <summary>A job has come.</summary>
    /// <param name="job">The job.</param>
    /// <param name="subject">What it is about, in words.</param>
    /// <param name="purpose">What it is for.</param>
    public JobProgress Begin(CompileJob job, string subject, CommandPurpose purpose)
    {
        var id = new JobId(agent, Interlocked.Increment(ref _last));
        _headers.Begin();
        stream.Publish(new JobBegun
        {
            At = time.GetUtcNow(), Job = id, User = user, Subject = subject, Directory = job.WorkingDirectory, Purpose = purpose, Build = _build,
        });
        return new JobProgress(this, id);
    }

    /// <summary>A job has come to a step.</summary>
    internal void Step(JobId job, JobStep step, string worker) =>
        stream.Publish(new JobStepBegun { At = time.GetUtcNow(), Job = job, Step = step, Worker = worker });

    /// <summary>A job is over, and nobody knows how it ended.</summary>
    internal void Leave(JobId job)
    {
        DateTimeOffset now = time.GetUtcNow();
        Finish(job, new JobRecord { Subject = "a job that met a defect", Purpose = CommandPurpose.Other, Place = JobPlace.Cancelled, Ended = now }, null, null);
    }

    /// <summary>A job has ended.</summary>
    internal void Finish(JobId job, JobRecord record, in JobUsage? usage, FileTree? inputs)
    {
        var finished = new JobFinished
        {
            At = record.Ended, Job = job, User = user, Build = _build, Record = record, Cpu = usage?.Cpu ?? TimeSpan.Zero, PeakMemory = usage?.PeakMemory ?? 0,
        };
        if (_headers.Finish(finished, inputs) is { } headers)
        {
            stream.Publish([headers, finished]);
        }
        else
        {
            stream.Publish(finished);
        }
    }
}

/// <summary>One job's way, as it is told.</summary>
internal sealed class JobProgress(JobReporter reporter, JobId job) : IJobProgress
{
    /// <inheritdoc/>
    public void Reach(JobStep step, string worker = "") => reporter.Step(job, step, worker);

    /// <summary>The job has ended.</summary>
    /// <param name="record">What became of it.</param>
    /// <param name="usage">What its compile used of a worker; null when that is not known.</param>
    /// <param name="inputs">What its compile was given besides the compiler; null where none ran, or nobody saw what it reads.</param>
    public void Finish(JobRecord record, in JobUsage? usage, FileTree? inputs = null) => reporter.Finish(job, record, usage, inputs);

    /// <summary>The job is over, and nobody knows how it ended.</summary>
    public void Leave() => reporter.Leave(job);
}
