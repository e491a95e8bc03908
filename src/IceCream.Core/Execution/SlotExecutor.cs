using IceCream.Jobs;

namespace IceCream.Execution;

/// <summary>Never more jobs at a time than slots, whatever leases say: a scheduler that was restarted may not know of all of them yet.</summary>
internal sealed class SlotExecutor(IJobExecutor inner, int slots, TimeProvider time) : IJobExecutor, IDisposable
{
    private readonly SemaphoreSlim _free = new(slots, slots);

    /// <summary>How many jobs are under way.</summary>
    public int Running => slots - _free.CurrentCount;

    /// <inheritdoc/>
    public async ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default)
    {
        long since = time.GetTimestamp();
        await _free.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await inner.ExecuteAsync(
                job with { Timeline = job.Timeline.With(JobStep.Slot, time.GetElapsedTime(since)) }, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _free.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _free.Dispose();
}
