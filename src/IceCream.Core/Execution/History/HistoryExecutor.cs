using IceCream.Diagnostics;
using IceCream.Jobs;
using IceCream.Monitoring;

namespace IceCream.Execution.History;

/// <summary>Adds every job to the history and the metrics, however it ended, and reports its start and end to watchers.</summary>
internal sealed class HistoryExecutor(IJobExecutor inner, JobHistory history, JobMetrics metrics, JobReporter reporter, TimeProvider time) : IJobExecutor
{
    public async ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default)
    {
        long since = time.GetTimestamp();
        (string subject, CommandPurpose purpose) = JobHistory.Describe(job);
        JobProgress progress = reporter.Begin(job, subject, purpose);
        try
        {
            CompileResult result = await inner.ExecuteAsync(job with { Progress = progress }, cancellationToken).ConfigureAwait(false);
            Enter(result);
            return result;
        }
        catch (OperationCanceledException)
        {
            Enter(new CompileResult { Place = JobPlace.Cancelled, IsExitKnown = false });
            throw;
        }
        catch
        {
            // The exception is a defect, which other executors report. Here it only ends the job.
            progress.Leave();
            throw;
        }

        void Enter(CompileResult result)
        {
            TimeSpan duration = time.GetElapsedTime(since);
            progress.Finish(history.Enter(job, result, duration), result.Place == JobPlace.Remote ? result.Usage : null, result.Observed?.Tree);
            metrics.Record(result, duration);
        }
    }
}
