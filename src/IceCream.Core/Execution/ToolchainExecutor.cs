using IceCream.Jobs;
using IceCream.Toolchains;

namespace IceCream.Execution;

/// <summary>Describes the compiler of a job; its tree goes into the blobs that a worker may ask for.</summary>
internal sealed class ToolchainExecutor(IJobExecutor inner, IToolchainCache toolchains, ToolchainShelf shelf, TimeProvider time) : IJobExecutor
{
    public async ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default)
    {
        long since = time.GetTimestamp();
        Toolchain toolchain;
        try
        {
            toolchain = await toolchains.GetAsync(job, cancellationToken).ConfigureAwait(false);
        }
        catch (ToolchainException e)
        {
            JobTimeline passed = job.Timeline.With(JobStep.Toolchain, time.GetElapsedTime(since));
            return CompileResult.Stays(new LocalOnlyReason(LocalOnlyKind.Toolchain, e.Message), passed);
        }

        shelf.Put(toolchain);
        return await inner.ExecuteAsync(
            job with { Toolchain = toolchain.Digest, Timeline = job.Timeline.With(JobStep.Toolchain, time.GetElapsedTime(since)) },
            cancellationToken).ConfigureAwait(false);
    }
}
