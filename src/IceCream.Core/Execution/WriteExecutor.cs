using IceCream.Jobs;
using IceCream.Platform;

namespace IceCream.Execution;

/// <summary>Puts the outputs of a job that ran elsewhere in place.</summary>
internal sealed class WriteExecutor(IJobExecutor inner, TimeProvider time) : IJobExecutor
{
    public async ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default)
    {
        CompileResult result = await inner.ExecuteAsync(job, cancellationToken).ConfigureAwait(false);
        if (!result.IsCompilers || result.Place == JobPlace.Local)
        {
            return result;
        }

        if (result.ExitCode != 0 && job.Outputs.FirstOrDefault(HasOtherNames) is { Path.Length: > 0 } shared)
        {
            // A failing compiler may have truncated the file before it removed the name, which is visible through the file's other hard links.
            result.Discard();
            return CompileResult.Stays(
                new LocalOnlyReason(LocalOnlyKind.Output, $"{shared.Path} has other names, and what a compiler that fails leaves of it, only the compiler here does"), result.Timeline);
        }

        long since = time.GetTimestamp();
        JobFailure? failure;
        try
        {
            failure = OutputWriter.Write(result, [.. job.Outputs.Select(static output => output.Path)], job.Umask, Require, job.Group);
        }
        finally
        {
            result.Discard();
        }

        JobTimeline passed = result.Timeline.With(JobStep.Write, time.GetElapsedTime(since));
        return failure is null ? result with { Timeline = passed } : CompileResult.Failed(failure, passed);

        // Nobody waits for the outputs of a job whose client has left, and another process may have written in their place.
        void Require()
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (job.IsAwaited is { } ask && !ask())
            {
                throw new OperationCanceledException("Whoever asked for it has left.");
            }
        }
    }

    private static bool HasOtherNames(JobOutput output) =>
        output.Exists && Linux.Stat(output.Path, followLinks: false, out FileStatus status) == 0 && status.Links > 1;
}
