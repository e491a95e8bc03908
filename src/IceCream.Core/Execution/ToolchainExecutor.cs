using IceCream.Jobs;
using IceCream.Toolchains;
using IceCream.Toolchains.Wrappers;

namespace IceCream.Execution;

/// <summary>Describes the compiler of a job; its tree goes into the blobs that a worker may ask for.</summary>
internal sealed class ToolchainExecutor(
    IJobExecutor inner, IToolchainCache toolchains, WrapperVariables variables, ToolchainTrees trees, TimeProvider time) : IJobExecutor
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

        using IDisposable held = trees.Hold(toolchain);
        return await inner.ExecuteAsync(
            job with { Toolchain = toolchain.Digest, IsWrapped = job.IsWrapped || toolchain.IsWrapper, Timeline = job.Timeline.With(JobStep.Toolchain, time.GetElapsedTime(since)) },
            cancellationToken).ConfigureAwait(false);
    }
}
