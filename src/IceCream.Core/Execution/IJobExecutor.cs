using IceCream.Jobs;

namespace IceCream.Execution;

/// <summary>
/// Everything that can do a job: a worker far away, the compiler here, a cache, and the policies around them. Policies are small
/// wrappers around another executor.
/// </summary>
public interface IJobExecutor
{
    /// <summary>Does the job.</summary>
    /// <param name="job">The job, with all that is known of it.</param>
    /// <param name="cancellationToken">Cancelled when nobody waits for the result any more.</param>
    /// <returns>The compiler's result, or a result whose <see cref="CompileResult.Failure"/> says how the farm failed. A farm's failure is no exception.</returns>
    /// <exception cref="OperationCanceledException">The caller left.</exception>
    ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default);
}
