using IceCream.Jobs;

namespace IceCream.Execution;

/// <summary>
/// Executes jobs. Implementations are remote workers, the local compiler, a cache, and the policies around them. A policy is a small wrapper around
/// another executor.
/// </summary>
public interface IJobExecutor
{
    /// <summary>Executes a job.</summary>
    /// <param name="job">The job, with all that is known of it.</param>
    /// <param name="cancellationToken">Cancelled when nobody waits for the result any more.</param>
    /// <returns>
    /// The compiler's result, or a result whose <see cref="CompileResult.Failure"/> describes a failure of the farm, which is not reported as an
    /// exception.
    /// </returns>
    /// <exception cref="OperationCanceledException">The caller cancelled the job.</exception>
    ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default);
}
