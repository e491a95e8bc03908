using IceCream.Diagnostics;
using IceCream.Jobs;

namespace IceCream.Monitoring;

/// <summary>Publishes the events of an agent's jobs.</summary>
/// <param name="stream">The stream to publish to.</param>
/// <param name="agent">The agent's name.</param>
/// <param name="user">The user whose jobs they are.</param>
/// <param name="build">The name of the build that all jobs belong to; empty when it has none.</param>
/// <param name="time">The clock.</param>
internal sealed class JobReporter(JobEventStream stream, string agent, string user, string build, TimeProvider time)
{
    /// <summary>The most characters of a build's name; the rest is cut off.</summary>
    public const int LongestName = 60;

    // The first number exceeds all numbers of an earlier agent of that name, because no job takes less than a tick.
    private long _last = time.GetUtcNow().UtcTicks;

    private readonly HeaderLedger _headers = new();

    private readonly string _build = ShortText.Cut(build, LongestName);

    /// <summary>A job begins.</summary>
    /// <param name="job">The job.</param>
    /// <param name="subject">What it is about, in words.</param>
    /// <param name="purpose">Its purpose.</param>
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

    /// <summary>A job reaches a step.</summary>
    internal void Step(JobId job, JobStep step, string worker) =>
        stream.Publish(new JobStepBegun { At = time.GetUtcNow(), Job = job, Step = step, Worker = worker });

    /// <summary>A job is over, and its outcome is unknown.</summary>
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

/// <summary>Publishes the progress of one job.</summary>
internal sealed class JobProgress(JobReporter reporter, JobId job) : IJobProgress
{
    /// <inheritdoc/>
    public void Reach(JobStep step, string worker = "") => reporter.Step(job, step, worker);

    /// <summary>The job has ended.</summary>
    /// <param name="record">The outcome.</param>
    /// <param name="usage">What its compile used on a worker; null when unknown.</param>
    /// <param name="inputs">The inputs of its compile, without the compiler; null where none ran, or its inputs are unknown.</param>
    public void Finish(JobRecord record, in JobUsage? usage, FileTree? inputs = null) => reporter.Finish(job, record, usage, inputs);

    /// <summary>The job is over, and its outcome is unknown.</summary>
    public void Leave() => reporter.Leave(job);
}
