using IceCream.Jobs;

namespace IceCream.Execution.Local;

/// <summary>This machine as a place for jobs that could leave.</summary>
/// <param name="Cores">Its idle cores.</param>
/// <param name="Sandbox">Executes the jobs.</param>
/// <param name="TakesWaiting">Whether a job that waits for a worker may start here; otherwise only a job that is late on a worker.</param>
internal sealed record OwnMachine(OwnCores Cores, OwnSandbox Sandbox, bool TakesWaiting)
{
    /// <summary>Executes a job in a core that was taken.</summary>
    /// <returns>
    /// A shortage of memory is reported as a failure, because a worker may have more. Any other obstacle is reported as neither a result nor a
    /// failure.
    /// </returns>
    public async ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken)
    {
        var sooner = new LocalOnlyReason(LocalOnlyKind.Sooner);
        (CompileResult? result, _) = await Sandbox.ExecuteAsync(job with { Timeline = JobTimeline.Empty }, cancellationToken).ConfigureAwait(false);
        return result is null or { Failure.Remedy: not FailureRemedy.MoreMemory }
            ? CompileResult.Stays(sooner, result?.Timeline)
            : result with { IsHere = true, LocalOnly = sooner };
    }
}
