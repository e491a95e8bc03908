using IceCream.Jobs;

namespace IceCream.Execution.Worker;

/// <summary>Makes a job wait for a slot of its worker, and notes the slot in its result.</summary>
/// <param name="inner">Executes the jobs.</param>
/// <param name="slots">The slots.</param>
/// <param name="time">Measures the waits.</param>
internal sealed class SlotExecutor(IJobExecutor inner, WorkerSlots slots, TimeProvider time) : IJobExecutor
{
    /// <inheritdoc/>
    public async ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default)
    {
        long since = time.GetTimestamp();
        long need = slots.NeedOf(job);
        int slot = await slots.EnterAsync(need, cancellationToken).ConfigureAwait(false);
        try
        {
            CompileResult result = await inner.ExecuteAsync(
                job with { Timeline = job.Timeline.With(JobStep.Slot, time.GetElapsedTime(since)) }, cancellationToken).ConfigureAwait(false);
            return result with { Slot = slot };
        }
        finally
        {
            slots.Leave(need, slot);
        }
    }
}
