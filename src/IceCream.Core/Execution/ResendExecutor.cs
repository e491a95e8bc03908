using IceCream.Inputs;
using IceCream.Jobs;
using IceCream.Toolchains;

namespace IceCream.Execution;

/// <summary>
/// Repeats a job once if it turned out to look for files that exist here and were not sent: with those as inputs, and with a new description of its
/// toolchain where they are among the compiler's own files.
/// </summary>
internal sealed class ResendExecutor(IJobExecutor inner, IToolchainCache toolchains) : IJobExecutor
{
    public async ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default)
    {
        CompileResult result = await inner.ExecuteAsync(job, cancellationToken).ConfigureAwait(false);
        if (result.Missing.IsEmpty)
        {
            return result;
        }

        result.Discard();
        toolchains.Reconsider(job, [.. result.Missing.Where(static path => !IdlePrograms.IsOne(path))]);
        return await inner.ExecuteAsync(job with { FurtherInputs = result.Missing, Timeline = result.Timeline }, cancellationToken).ConfigureAwait(false);
    }
}
