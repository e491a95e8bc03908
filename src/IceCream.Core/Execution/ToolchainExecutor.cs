using IceCream.Jobs;
using IceCream.Toolchains;
using IceCream.Toolchains.Wrappers;

namespace IceCream.Execution;

/// <summary>Describes the compiler of a job, which has it along from here on.</summary>
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
                // What has just been found out of a wrapper may ask for more of the variables that the launcher told of.
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
