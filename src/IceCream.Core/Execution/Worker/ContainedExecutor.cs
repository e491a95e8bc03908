using IceCream.Diagnostics;
using IceCream.Jobs;
using Microsoft.Extensions.Logging;

namespace IceCream.Execution.Worker;

/// <summary>
/// Turns an exception of an executor into a failure of its one job, like any failure of the farm: the executor may be an embedder's own, and other
/// jobs must not be affected.
/// </summary>
/// <param name="inner">Executes the jobs.</param>
/// <param name="failure">The failure of a job whose executor throws; this executor adds the message.</param>
/// <param name="logger">Logs the exception.</param>
internal sealed partial class ContainedExecutor(IJobExecutor inner, JobFailure failure, ILogger<ContainedExecutor> logger) : IJobExecutor
{
    public async ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default)
    {
        try
        {
            return await inner.ExecuteAsync(job, cancellationToken).ConfigureAwait(false)
                ?? throw new InvalidOperationException("It returned no result.");
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            LogFailed(logger, inner.GetType().Name, e);
            return CompileResult.Failed(failure with { Message = $"{inner.GetType().Name} failed: {e.Message}" });
        }
    }

    [LoggerMessage(EventIds.ExecutorFailed, LogLevel.Error, "A job failed, because {Executor} threw an exception.")]
    private static partial void LogFailed(ILogger logger, string executor, Exception exception);
}
