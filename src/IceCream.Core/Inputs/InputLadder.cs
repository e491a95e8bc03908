using IceCream.Jobs;

namespace IceCream.Inputs;

/// <summary>Finds inputs by the cheapest way that is sure of its answer: what is remembered of the command, then the scanner, then the compiler.</summary>
/// <param name="manifests">Asked first.</param>
/// <param name="scanner">Asked next.</param>
/// <param name="compiler">Asked when the scanner is in doubt; its answer then says what the doubt was.</param>
/// <param name="recorder">Knows on what the compiler's answer depends.</param>
/// <param name="memory">What files say and folders hold.</param>
/// <param name="counters">Told which of them answered.</param>
internal sealed class InputLadder(
    ManifestStore manifests, IncludeScanner scanner, IInputCollector compiler, LookupRecorder recorder, InputMemory memory, InputCounters counters) : IInputCollector
{
    /// <summary>How many times a doubt is believed without looking whether it is still there.</summary>
    private const int LongestBelief = 8;

    /// <summary>Collects them, with the tree that they are; a job whose inputs cannot be known for sure stays here.</summary>
    /// <exception cref="ArgumentException">The job has no invocation.</exception>
    public async ValueTask<CollectedInputs> CollectAsync(CompileJob job, CancellationToken cancellationToken = default)
    {
        if (job.Invocation is null)
        {
            throw new ArgumentException("The job's command line is not understood yet.", nameof(job));
        }

        Digest key = ManifestStore.KeyOf(job);
        InputVisit visit = memory.Begin();
        CollectedInputs inputs = manifests.Recall(key, visit, out Manifest? known) is { } tree
            ? new CollectedInputs([], []) { Rung = InputRung.Manifest, Tree = tree }
            : await FindAsync(job, key, known, visit, cancellationToken).ConfigureAwait(false);
        counters.Count(inputs.Rung, inputs.Doubt);
        return inputs;
    }

    private async ValueTask<CollectedInputs> FindAsync(CompileJob job, Digest key, Manifest? known, InputVisit visit, CancellationToken cancellationToken)
    {
        // A command that was doubted is doubted again, most often; and doubts cost most of a long scan.
        string? doubt = known is { PassedOver: < LongestBelief } ? known.Doubt : null;
        int passedOver = doubt is null ? 0 : known!.PassedOver + 1;
        if (doubt is null)
        {
            ScanResult scan = await scanner.ScanAsync(job, visit, cancellationToken).ConfigureAwait(false);
            doubt = scan.Doubt;
            if (doubt is null)
            {
                CollectedInputs scanned = Gather(job, scan.ToInputs(), visit, out bool hardLinked);
                if (scanned.LocalOnly is null)
                {
                    Remember(key, job, scanned, visit, 0);
                    return scanned;
                }

                if (hardLinked)
                {
                    // The compiler, which knows files by what they are, would list the one and leave out the other.
                    return scanned;
                }

                // What is in the way may be a file that the compiler would not read.
                doubt = scanned.LocalOnly.Detail;
            }
        }

        return await ListAsync(job, key, doubt, known, passedOver, visit, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<CollectedInputs> ListAsync(
        CompileJob job, Digest key, string doubt, Manifest? known, int passedOver, InputVisit before, CancellationToken cancellationToken)
    {
        known?.Note(before);
        long latest = memory.LatestChange;
        DateTimeOffset since = memory.Now;
        InputVisit visit = memory.Begin();
        CollectedInputs listed = await compiler.CollectAsync(job, cancellationToken).ConfigureAwait(false) with { Doubt = doubt };
        if (listed.LocalOnly is not null)
        {
            return listed;
        }

        listed = Gather(job, listed, visit, out _);
        if (listed.LocalOnly is null && await recorder.RecordAsync(job, listed, visit, cancellationToken).ConfigureAwait(false) && WasSo())
        {
            Remember(key, job, listed, visit, passedOver);
        }

        return listed;

        // The compiler looked first and the visit after it: what changed in between is not what the compiler saw. A folder in which only
        // names were added that nobody asked for, as objects are, is known to be the one that it was.
        bool WasSo() => visit.Files.All(file => file.IsOlderThan(since))
            && visit.Folders.All(folder => folder.IsOlderThan(since) || (before.Folders.Contains(folder) && folder.ChangedAt <= latest));
    }

    private CollectedInputs Gather(CompileJob job, CollectedInputs inputs, InputVisit visit, out bool hardLinked)
    {
        inputs = inputs with { Directories = [.. inputs.Directories, .. job.ToldFolders()] };
        IEnumerable<string> directories = inputs.Directories.Select(directory => Path.Combine(job.WorkingDirectory, directory));
        KnownFile[] files = [.. inputs.Files.Select(file => visit.File(Path.Combine(job.WorkingDirectory, file)))];
        FileTree? tree = Manifest.Gather(files, directories, memory.Digests, out string? obstacle, out hardLinked);
        return tree is not null ? inputs with { Tree = tree }
            : CollectedInputs.Stay(LocalOnlyKind.Inputs, obstacle!) with { Rung = inputs.Rung, Doubt = inputs.Doubt };
    }

    private void Remember(Digest key, CompileJob job, CollectedInputs inputs, InputVisit visit, int passedOver)
    {
        if (Manifest.Of(inputs, inputs.Tree!, job.WorkingDirectory, visit, passedOver) is { } manifest)
        {
            manifests.Remember(key, manifest, inputs.Tree);
        }
    }
}
