using IceCream.Jobs;
using IceCream.Toolchains;
using IceCream.Toolchains.Wrappers;

namespace IceCream.Execution;

/// <summary>Describes the compiler of a job and adds the description to the job.</summary>
internal sealed class ToolchainExecutor(
    IJobExecutor inner, IToolchainCache toolchains, WrapperVariables variables, TimeProvider time) : IJobExecutor
{
    public async ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default)
    {
        long since = time.GetTimestamp();
        Toolchain? toolchain = null;
        while (toolchain is null)
        {
            try
            {
                toolchain = await toolchains.GetAsync(job, cancellationToken).ConfigureAwait(false);
            }
            catch (ToolchainException e)
            {
                // The description may have revealed that a wrapper uses more of the variables that the launcher reported.
                CompileJob whole = variables.Complete(job);
                if (whole.LocalOnly is null && whole.WithheldVariables.Length < job.WithheldVariables.Length)
                {
                    job = whole;
                    continue;
                }

                JobTimeline passed = job.Timeline.With(JobStep.Toolchain, time.GetElapsedTime(since));
                return CompileResult.Stays(new LocalOnlyReason(LocalOnlyKind.Toolchain, e.Message), passed);
            }
        }

        return await inner.ExecuteAsync(
            job with { Described = toolchain, IsWrapped = job.IsWrapped || toolchain.IsWrapper, Timeline = job.Timeline.With(JobStep.Toolchain, time.GetElapsedTime(since)) },
            cancellationToken).ConfigureAwait(false);
    }
}
