using IceCream.Diagnostics;
using IceCream.Jobs;
using Microsoft.Extensions.Logging;

namespace IceCream.Execution.Worker;

/// <summary>
/// What an executor throws fails its one job, as every failure of the farm does: it may be an embedder's own, and the jobs beside it are
/// not to blame.
/// </summary>
/// <param name="inner">Does the jobs.</param>
/// <param name="failure">What becomes of a job that it throws at; its message is left to this executor.</param>
/// <param name="logger">Where the defect is told.</param>
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
