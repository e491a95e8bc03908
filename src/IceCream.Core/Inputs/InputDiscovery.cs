using System.Collections.Immutable;
using IceCream.FileSystem;
using IceCream.Inputs.Privacy;
using IceCream.Jobs;

namespace IceCream.Inputs;

/// <summary>
/// Finds inputs by the cheapest way that is sure of its answer: the command's manifest, then the scanner, then the compiler. The lookups that a
/// worker observed are compared with the inputs, and remembered.
/// </summary>
/// <param name="manifests">Tried first.</param>
/// <param name="scanner">Tried next.</param>
/// <param name="compiler">Used when the scanner is in doubt; the answer then contains the doubt.</param>
/// <param name="memory">The state of files and folders.</param>
/// <param name="counters">Counts which way succeeded.</param>
/// <param name="privateFiles">Decides which files must not leave; null: the usual rules without a home.</param>
internal sealed class InputDiscovery(
    ManifestStore manifests, IncludeScanner scanner, IInputCollector compiler, InputMemory memory, InputCounters counters, PrivateFiles? privateFiles = null) : IInputCollector
{
    private readonly PrivateFiles _private = privateFiles ?? new PrivateFiles(new PrivateRoots(null, null));

    /// <summary>How often in a row a command skips the scanner, because the scanner was in doubt about it, before the scanner is tried again.</summary>
    private const int LongestBelief = 8;

    /// <summary>Collects the inputs, with their tree; a job whose inputs cannot be determined for certain stays here.</summary>
    /// <exception cref="ArgumentException">The job has no invocation.</exception>
    public async ValueTask<CollectedInputs> CollectAsync(CompileJob job, CancellationToken cancellationToken = default)
    {
        if (job.Invocation is null)
        {
            throw new ArgumentException("The job's command line is not understood yet.", nameof(job));
        }

        Digest key = ManifestStore.KeyOf(job, _private.Key);
        InputVisit visit = memory.Begin();
        FileTree? tree = manifests.Recall(key, visit, out Manifest? known);
        CollectedInputs inputs = tree is null || !job.FurtherInputs.IsEmpty ? await FindAsync(job, key, known, visit, cancellationToken).ConfigureAwait(false)
            : (ReasonToStayByVariables(job, known!.Variables) ?? known!.Stays) is { } reason ? CollectedInputs.Stay(reason) with { Stage = InputStage.Manifest }
            : new CollectedInputs([], []) { Stage = InputStage.Manifest, Tree = tree, Visit = visit };
        counters.Count(inputs.Stage, inputs.Doubt);
        if (!job.FurtherInputs.IsEmpty)
        {
            counters.CountAgain(job.FurtherInputs[0]);
        }

        return inputs with { Known = known };
    }

    /// <summary>Compares a job's observed lookups with this machine, and remembers them when nothing invalidates the result.</summary>
    /// <param name="job">The job.</param>
    /// <param name="inputs">The result of <see cref="CollectAsync"/> for it.</param>
    /// <param name="lists">The lookups; null when they are the expected ones.</param>
    /// <param name="toolchain">The toolchain's tree.</param>
    /// <returns>The paths that exist here and did not exist on the worker.</returns>
    public IReadOnlyList<string> FindMissing(CompileJob job, CollectedInputs inputs, LookupLists? lists, FileTree toolchain)
    {
        if (lists is null || inputs.Visit is not { } visit)
        {
            // The expected lists have been compared before, and nothing that they name has changed since.
            return [];
        }

        List<string> missing = LookupCheck.FindMissing(lists, [toolchain, inputs.Tree!], job.Outputs, visit, job.ProgramFolders());
        if (missing.Count == 0)
        {
            Remember(job, inputs, visit, lists, null, default);
        }

        return missing;
    }

    /// <summary>Why the result of a compile that queried unknown variables is not trusted; null when none of them is set here.</summary>
    public static LocalOnlyReason? ReasonToStayByVariables(CompileJob job, ImmutableArray<string> asked) =>
        asked.FirstOrDefault(name => job.WithheldVariables.Any(entry => entry.Split('=', 2)[0] == name)) is { } name
            ? new LocalOnlyReason(LocalOnlyKind.Lookups, $"it asks for the variable {name}, which is set here and which no compiler is known to obey") : null;

    /// <summary>
    /// Why the result of a compile that queried the local time is not trusted; null when it is. <c>__DATE__</c> and <c>__TIME__</c> are equally right
    /// on a worker. <c>__TIMESTAMP__</c> is a file's own mtime, which a worker does not have; macros may compose it so that a text search does not
    /// see it, also beside one of the others.
    /// </summary>
    public static LocalOnlyReason? ReasonToStayByTime(CompileJob job) =>
        !TimeMacros.AreNamed(job.CommandLine, job.Inputs!.Files)
            ? new LocalOnlyReason(LocalOnlyKind.Lookups, "it asks for the local time, and no __DATE__ or __TIME__ stands in what it reads")
        : TimeMacros.MayPasteOwnTime(job.CommandLine.Concat(job.Invocation?.Arguments ?? []), job.Inputs!.Files)
            ? new LocalOnlyReason(LocalOnlyKind.Lookups, "it asks for the local time, and what it reads may paste __TIMESTAMP__ together")
        : null;

    /// <summary>Remembers that a command cannot leave, until something changes that it depends on.</summary>
    public void RememberStay(CompileJob job, CollectedInputs inputs, LookupLists? lists, FileTree toolchain, LocalOnlyReason reason)
    {
        if (inputs.Visit is { } visit)
        {
            if (lists is not null)
            {
                // The result is not used: the call makes the visit record everything that the answer depends on.
                _ = LookupCheck.FindMissing(lists, [toolchain, inputs.Tree!], job.Outputs, visit, job.ProgramFolders());
            }

            Remember(job, inputs, visit, lists, reason, default);
        }
    }

    /// <summary>Remembers what was missing from a job that has already been repeated, for the next time; or that the job cannot be sent at all.</summary>
    public void RememberMissing(CompileJob job, CollectedInputs inputs, LookupLists? lists, FileTree toolchain, ImmutableArray<string> missing, LocalOnlyReason reason)
    {
        if (missing.All(inputs.Further.Contains))
        {
            RememberStay(job, inputs, lists, toolchain, reason);
        }
        else if (inputs.Visit is { } visit)
        {
            Remember(job, inputs, visit, lists, null, missing);
        }
    }

    /// <summary>Verifies inputs with the compiler's own list, where the compile was not observed.</summary>
    /// <returns>The files that the compiler lists and that were not sent; or why the result is not trusted.</returns>
    public async ValueTask<(IReadOnlyList<string> Missing, LocalOnlyReason? Reason)> VerifyAsync(
        CompileJob job, CollectedInputs inputs, CancellationToken cancellationToken)
    {
        if (inputs.Stage == InputStage.Compiler)
        {
            return ([], null);
        }

        CollectedInputs listed = await compiler.CollectAsync(job, cancellationToken).ConfigureAwait(false);
        if (listed.LocalOnly is { } reason)
        {
            return ([], reason);
        }

        listed = Gather(job, listed, memory.Begin(), out _);
        HashSet<string> sent = [.. inputs.Tree!.Files.Select(static file => file.Path)];
        return ([.. listed.Tree?.Files.Select(static file => file.Path).Where(path => !sent.Contains(path)) ?? []], listed.LocalOnly);
    }

    private async ValueTask<CollectedInputs> FindAsync(CompileJob job, Digest key, Manifest? known, InputVisit visit, CancellationToken cancellationToken)
    {
        // The scanner is mostly in doubt about the same commands again, and finds that out only at the end of a long scan.
        string? doubt = known is { PassedOver: < LongestBelief } ? known.Doubt : null;
        int passedOver = doubt is null ? 0 : known!.PassedOver + 1;
        ImmutableArray<string> further = [.. job.FurtherInputs.Union(known?.Further ?? [], StringComparer.Ordinal)];
        if (doubt is not null && known!.FindSpecial(visit) is { } special)
        {
            return CollectedInputs.Stay(LocalOnlyKind.Stream, $"{special} is no regular file") with { Doubt = doubt };
        }

        if (doubt is null)
        {
            ScanResult scan = await scanner.ScanAsync(job, visit, cancellationToken).ConfigureAwait(false);
            doubt = scan.Doubt;
            if (scan.Special is not null)
            {
                return CollectedInputs.Stay(LocalOnlyKind.Stream, doubt!) with { Stage = InputStage.Scanner, Doubt = doubt };
            }

            if (doubt is null)
            {
                CollectedInputs scanned = Gather(job, scan.ToInputs() with { Further = further }, visit, out bool hardLinked);
                if (scanned.LocalOnly is null)
                {
                    manifests.Remember(key, scanned, job.WorkingDirectory, visit);
                    return scanned;
                }

                if (hardLinked)
                {
                    // The compiler identifies files by content, so it would list only one of the two.
                    return scanned;
                }

                // The reason may be a file that the compiler would not read.
                doubt = scanned.LocalOnly.Detail;
            }
        }

        // The compiler's list does not say where it searched. Until a worker has observed that, nothing is remembered.
        visit = memory.Begin();
        CollectedInputs listed = await compiler.CollectAsync(job, cancellationToken).ConfigureAwait(false)
            with { Doubt = doubt, PassedOver = passedOver, Further = further };
        return listed.LocalOnly is not null ? listed : Gather(job, listed, visit, out _);
    }

    private CollectedInputs Gather(CompileJob job, CollectedInputs inputs, InputVisit visit, out bool hardLinked)
    {
        ILookup<bool, string> further = inputs.Further.ToLookup(path => visit.File(path).Kind == FileKind.Folder);
        inputs = inputs with
        {
            Files = [.. inputs.Files, .. further[false].Where(path => visit.File(path).Kind == FileKind.Regular && !IdlePrograms.IsOne(path))],
            Directories = [.. inputs.Directories, .. further[true], .. job.ToldFolders()],
            Visit = visit,
        };
        IEnumerable<string> directories = inputs.Directories.Select(directory => Path.Combine(job.WorkingDirectory, directory));
        KnownFile[] files = [.. inputs.Files.Select(file => visit.File(Path.Combine(job.WorkingDirectory, file)))];
        FileTree? tree = Manifest.Gather(files, directories, memory.Digests, out LocalOnlyReason? reason, out hardLinked);
        reason ??= _private.ReasonToStay(job, tree!, inputs.Further);
        return reason is null ? inputs with { Tree = tree } : CollectedInputs.Stay(reason) with { Stage = inputs.Stage, Doubt = inputs.Doubt };
    }

    private void Remember(CompileJob job, CollectedInputs inputs, InputVisit visit, LookupLists? lists, LocalOnlyReason? stays, ImmutableArray<string> missing)
    {
        CollectedInputs found = inputs;
        if (inputs is { Stage: InputStage.Manifest, Known: { } known })
        {
            // The command already has a manifest, and has now been observed to look in other places too.
            known.Note(visit);
            foreach (KnownFile file in known.Files)
            {
                visit.File(file.Path);
            }

            found = known.ToInputs() with { Further = known.Further, PassedOver = known.PassedOver };
        }

        manifests.Remember(
            ManifestStore.KeyOf(job, _private.Key), found with { Tree = inputs.Tree }, job.WorkingDirectory, visit, lists, stays, missing);
    }
}
