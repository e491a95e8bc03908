using IceCream.Inputs;
using IceCream.Jobs;
using IceCream.Storage;

namespace IceCream.Execution;

/// <summary>Finds the files that a job reads, and names them by their digests.</summary>
internal sealed class InputsExecutor(IJobExecutor inner, IInputCollector collector, IFileDigests digests, TimeProvider time) : IJobExecutor
{
    public async ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default)
    {
        long since = time.GetTimestamp();
        CollectedInputs inputs = await collector.CollectAsync(job, cancellationToken).ConfigureAwait(false);
        FileTree? tree = inputs.Tree;
        LocalOnlyReason? reason = inputs.LocalOnly ?? (inputs.Tree is null ? Gather(job, inputs, out tree) : null);
        JobTimeline passed = job.Timeline.With(JobStep.Inputs, time.GetElapsedTime(since));
        return reason is not null
            ? CompileResult.Stays(reason, passed)
            : await inner.ExecuteAsync(job with { Inputs = tree, Timeline = passed }, cancellationToken).ConfigureAwait(false);
    }

    private LocalOnlyReason? Gather(CompileJob job, CollectedInputs inputs, out FileTree? tree)
    {
        tree = null;
        var gathered = new FileTreeCollector(digests);
        foreach (string file in inputs.Files)
        {
            if (!gathered.Add(file, job.WorkingDirectory))
            {
                return new LocalOnlyReason(LocalOnlyKind.Inputs, $"{file} cannot be read");
            }
        }

        foreach (string directory in inputs.Directories.Concat(job.ToldFolders()))
        {
            // Search folders that do not exist are common, and then they must not exist at the worker either.
            gathered.AddDirectory(directory, job.WorkingDirectory);
        }

        if (gathered.HardLinked is { } linked)
        {
            return new LocalOnlyReason(LocalOnlyKind.Inputs, linked);
        }

        tree = gathered.ToTree();
        return null;
    }
}
