using IceCream.Jobs;

namespace IceCream.Execution;

/// <summary>
/// Ensures that a build never fails because of the farm. It compiles on this machine what cannot leave, what the farm failed at, and what failed
/// there without proof that the source is at fault.
/// </summary>
/// <param name="farm">Compiles on the farm.</param>
/// <param name="here">Compiles on this machine; <see cref="CompileJob.LocalOnly"/> contains the reason.</param>
internal sealed class FallbackExecutor(IJobExecutor farm, IJobExecutor here) : IJobExecutor
{
    public async ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default)
    {
        LocalOnlyReason? reason = job.LocalOnly ?? (job.Mode == JobMode.Local ? new LocalOnlyReason(LocalOnlyKind.Requested) : null);
        if (reason is not null)
        {
            return await ExecuteHereAsync(job, reason, JobTimeline.Empty, cancellationToken).ConfigureAwait(false);
        }

        CompileResult result = await farm.ExecuteAsync(job, cancellationToken).ConfigureAwait(false);
        reason = ReasonToRepeat(job, result);
        return reason is null
            ? result with { Place = result is { IsHere: true, IsCompilers: true } ? JobPlace.Local : result.Place }
            : await ExecuteHereAsync(job, reason, result.Timeline, cancellationToken).ConfigureAwait(false);
    }

    private static LocalOnlyReason? ReasonToRepeat(CompileJob job, CompileResult result)
    {
        if (result.Failure is { } failure)
        {
            bool final = job.Mode == JobMode.Remote || failure.Remedy == FailureRemedy.GiveUp;
            return final ? null : result.LocalOnly ?? new LocalOnlyReason(LocalOnlyKind.FarmFailure, failure.ToString());
        }

        if (result.Place == JobPlace.Failed)
        {
            // The farm did not fail, and there is no result: an executor found that the job cannot leave.
            return result.LocalOnly;
        }

        bool suspect = result.Place != JobPlace.Local && job.Mode != JobMode.Remote && !IsProven(result);
        return suspect ? new LocalOnlyReason(LocalOnlyKind.Confirmation, Describe(result)) : null;
    }

    /// <summary>
    /// Whether a result needs no confirmation. A failed compile proves that its source is at fault when its lookups were complete and nothing was
    /// missing, no trouble was observed, and it exited as compilers do after an error. The text of its messages proves nothing.
    /// </summary>
    private static bool IsProven(CompileResult result) =>
        result is { ExitCode: 0, Signal: 0 } or { ExitCode: 1, Signal: 0, Lookups: { Gap: null, Trouble: null } };

    private static string Describe(CompileResult result) =>
        (result.Signal != 0 ? $"signal {result.Signal}" : $"exit code {result.ExitCode}") + (result.Worker.Length == 0 ? "" : $" on {result.Worker}")
        + (result.Lookups?.Trouble is { } trouble ? $", and {trouble}" : "");

    private async ValueTask<CompileResult> ExecuteHereAsync(
        CompileJob job, LocalOnlyReason reason, JobTimeline soFar, CancellationToken cancellationToken)
    {
        CompileResult result = await here.ExecuteAsync(job with { LocalOnly = reason }, cancellationToken).ConfigureAwait(false);
        return result with { LocalOnly = reason, Timeline = soFar.With(result.Timeline) };
    }
}
