using IceCream.Diagnostics;
using IceCream.Jobs;

namespace IceCream.Execution.History;

/// <summary>Enters every job into the history and the metrics, however it ended.</summary>
internal sealed class HistoryExecutor(IJobExecutor inner, JobHistory history, JobMetrics metrics, TimeProvider time) : IJobExecutor
{
    public async ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default)
    {
        long since = time.GetTimestamp();
        try
        {
            CompileResult result = await inner.ExecuteAsync(job, cancellationToken).ConfigureAwait(false);
            Enter(result);
            return result;
        }
        catch (OperationCanceledException)
        {
            Enter(new CompileResult { Place = JobPlace.Cancelled, IsExitKnown = false });
            throw;
        }

        void Enter(CompileResult result)
        {
            TimeSpan duration = time.GetElapsedTime(since);
            history.Enter(job, result, duration);
            metrics.Record(result, duration);
        }
    }
}
