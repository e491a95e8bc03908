using IceCream.Inputs;
using IceCream.Jobs;

namespace IceCream.Execution;

/// <summary>Finds the files that a job reads, and names them by their digests.</summary>
internal sealed class InputsExecutor(IJobExecutor inner, InputLadder ladder, TimeProvider time) : IJobExecutor
{
    public async ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default)
    {
        long since = time.GetTimestamp();
        CollectedInputs inputs = await ladder.CollectAsync(job, cancellationToken).ConfigureAwait(false);
        JobTimeline passed = job.Timeline.With(JobStep.Inputs, time.GetElapsedTime(since));
        return inputs.LocalOnly is { } reason
            ? CompileResult.Stays(reason, passed)
            : await inner.ExecuteAsync(job with { Inputs = inputs.Tree, Timeline = passed }, cancellationToken).ConfigureAwait(false);
    }
}
