using IceCream.Jobs;

namespace IceCream.Execution.Local;

/// <summary>This machine as one that jobs may be done on which could leave.</summary>
/// <param name="Cores">Its idle cores.</param>
/// <param name="Sandbox">Does the jobs.</param>
/// <param name="TakesWaiting">Whether a job that waits for a worker may be begun here; else only one that a worker is late with.</param>
internal sealed record OwnMachine(OwnCores Cores, OwnSandbox Sandbox, bool TakesWaiting)
{
    /// <summary>Does a job in a core that was taken.</summary>
    /// <returns>When memory was short, a worker may do better, so that is told as a failure. Whatever else stands in the way is told neither as a result nor as a failure.</returns>
    public async ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken)
    {
        var sooner = new LocalOnlyReason(LocalOnlyKind.Sooner);
        (CompileResult? result, _) = await Sandbox.ExecuteAsync(job with { Timeline = JobTimeline.Empty }, cancellationToken).ConfigureAwait(false);
        return result is null or { Failure.Remedy: not FailureRemedy.MoreMemory }
            ? CompileResult.Stays(sooner, result?.Timeline)
            : result with { IsHere = true, LocalOnly = sooner };
    }
}
