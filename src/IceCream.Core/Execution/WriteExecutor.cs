using IceCream.Jobs;

namespace IceCream.Execution;

/// <summary>Puts the outputs of a job that ran elsewhere in place.</summary>
internal sealed class WriteExecutor(IJobExecutor inner, TimeProvider time) : IJobExecutor
{
    public async ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default)
    {
        CompileResult result = await inner.ExecuteAsync(job, cancellationToken).ConfigureAwait(false);
        if (!result.IsCompilers || result.Place == JobPlace.Local)
        {
            return result;
        }

        // Nobody waits for the outputs of a job whose user has left.
        cancellationToken.ThrowIfCancellationRequested();
        long since = time.GetTimestamp();
        JobFailure? failure = OutputWriter.Write(result, job.Umask);
        JobTimeline passed = result.Timeline.With(JobStep.Write, time.GetElapsedTime(since));
        return failure is null ? result with { Timeline = passed } : CompileResult.Failed(failure, passed);
    }
}
