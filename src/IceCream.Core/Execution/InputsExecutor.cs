using IceCream.CommandLine;
using IceCream.Inputs;
using IceCream.Jobs;
using IceCream.Toolchains;

namespace IceCream.Execution;

/// <summary>
/// Determines the input files of a job and their digests, and accepts the result only when the compile looked for nothing that exists here and was
/// not sent.
/// </summary>
internal sealed class InputsExecutor(IJobExecutor inner, InputDiscovery discovery, IToolchainCache toolchains, Auditor? auditor, TimeProvider time) : IJobExecutor
{
    public async ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default)
    {
        long since = time.GetTimestamp();
        job.Progress?.Reach(JobStep.Inputs);
        CollectedInputs inputs = await discovery.CollectAsync(job, cancellationToken).ConfigureAwait(false);
        JobTimeline passed = job.Timeline.With(JobStep.Inputs, time.GetElapsedTime(since));
        if ((inputs.LocalOnly ?? DriverOptions.ReasonToStay(job, inputs.Tree!)) is { } reason)
        {
            return CompileResult.Stays(reason, passed);
        }

        var ready = job with { Inputs = inputs.Tree, ExpectedLookups = Expected(job, inputs), Timeline = passed };
        CompileResult result = await inner.ExecuteAsync(ready, cancellationToken).ConfigureAwait(false);
        if (result is not { Place: JobPlace.Remote, IsCompilers: true })
        {
            return result;
        }

        CompileResult judged = await JudgeAsync(ready, inputs, result, cancellationToken).ConfigureAwait(false);
        if (auditor is not null && !judged.IsHere && judged.IsCompilers && judged.Missing.IsEmpty)
        {
            judged = await auditor.AuditAsync(ready, judged, cancellationToken).ConfigureAwait(false);
        }

        if (!judged.IsCompilers)
        {
            result.Discard();
        }

        return judged;
    }

    /// <summary>The lookup lists that the worker need not send: those that were already compared, unless the cache needs them.</summary>
    private static Digest? Expected(CompileJob job, CollectedInputs inputs) =>
        inputs.Stage == InputStage.Manifest && inputs.Known?.Lookups is { } known && job.KnowsLookups?.Invoke(known) != false ? known : null;

    /// <summary>Whether the command sets the search path of the compiler's programs: a new program may appear there at any time.</summary>
    private static bool MovesPrograms(CompileJob job) =>
        CompilerFlags.FirstWith(FlagTraits.MovesPrograms, job.Invocation!.Arguments) is not null
        || job.Environment.Any(static variable => CompilerVariables.FindEntry(variable) is { } row && row.Traits.HasFlag(VariableTraits.MovesPrograms));

    private async ValueTask<CompileResult> JudgeAsync(CompileJob job, CollectedInputs inputs, CompileResult result, CancellationToken cancellationToken)
    {
        ObservedLookups? seen = result.Lookups;
        FileTree toolchain = job.Described!.Tree;
        if (job.Mode != JobMode.Remote && result is not { Signal: 0, ExitCode: 0 or 1 })
        {
            // A compiler that crashed is not trusted: the job runs here again in any case.
            return result;
        }

        if (seen is { Lists: null } && job.ExpectedLookups is null)
        {
            // The worker claims that the lookups are as expected, but none were expected.
            seen = seen with { Gap = "the worker does not say what it looked for" };
        }

        LocalOnlyReason? observed = seen is null ? null
            : seen.ReasonToStay ?? InputDiscovery.ReasonToStayByVariables(job, seen.Lists?.Variables ?? [])
                ?? (seen.AsksLocalTime ? InputDiscovery.ReasonToStayByTime(job) : null);
        if (observed is not null)
        {
            discovery.RememberStay(job, inputs, seen!.Lists, toolchain, observed);
            return CompileResult.Stays(observed, result.Timeline);
        }

        IReadOnlyList<string> missing = seen is null ? [] : discovery.FindMissing(job, inputs, seen.Lists, toolchain);
        if (missing.Count == 0 && seen is not { Gap: null })
        {
            if (CompilerFlags.FirstWith(FlagTraits.ReadsProfile, job.Invocation!.Arguments) is { } profiled)
            {
                // The compiler's dependency output does not contain profiles.
                return CompileResult.Stays(
                    new LocalOnlyReason(LocalOnlyKind.LocalFlag, profiled) { Effect = "has a profile read that only an observer would see, and the worker has none" }, result.Timeline);
            }

            (missing, LocalOnlyReason? doubt) = await discovery.VerifyAsync(job, inputs, cancellationToken).ConfigureAwait(false);
            if (doubt is not null)
            {
                return CompileResult.Stays(doubt, result.Timeline);
            }

            if (missing.Count == 0 && MovesPrograms(job) && !await toolchains.IsStillAsync(job, job.Described.Digest, cancellationToken).ConfigureAwait(false))
            {
                // The new description differs: the job is sent again with it.
                missing = [job.Compiler];
            }
        }

        if (missing.Count == 0)
        {
            return seen is not { Gap: null } ? result
                : result with { Observed = new ObservedInputs(job.Described.Digest, toolchain, inputs.Tree!, seen.Lists is null ? job.ExpectedLookups : null) };
        }

        if (job.FurtherInputs.IsEmpty)
        {
            return result with { Missing = [.. missing] };
        }

        var still = new LocalOnlyReason(LocalOnlyKind.Lookups, $"it looks for {missing[0]}, which exists here and cannot be sent");
        discovery.RememberMissing(job, inputs, seen?.Lists, toolchain, [.. missing], still);
        return CompileResult.Stays(still, result.Timeline);
    }
}
