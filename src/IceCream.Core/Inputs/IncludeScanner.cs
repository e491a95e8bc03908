using IceCream.Jobs;

namespace IceCream.Inputs;

/// <summary>
/// Finds the inputs of a job by reading the directives of its sources, each content once, and by searching as the compiler searches. Never
/// runs the compiler on a source. Thread-safe.
/// </summary>
/// <param name="searchFolders">Where the compiler searches.</param>
/// <param name="memory">What files say and folders hold.</param>
internal sealed class IncludeScanner(SearchFolders searchFolders, InputMemory memory) : IInputCollector
{
    private volatile MacroIndex _macros = new();
    private readonly ComputedNames _names = new();

    /// <summary>Finds them, or says why that is in doubt.</summary>
    /// <exception cref="ArgumentException">The job has no invocation.</exception>
    public ValueTask<ScanResult> ScanAsync(CompileJob job, CancellationToken cancellationToken = default) => ScanAsync(job, memory.Begin(), cancellationToken);

    /// <summary>Finds them, or says why that is in doubt; the visit is told all that the answer depends on.</summary>
    /// <exception cref="ArgumentException">The job has no invocation.</exception>
    public async ValueTask<ScanResult> ScanAsync(CompileJob job, InputVisit visit, CancellationToken cancellationToken = default)
    {
        CompilerInvocation invocation = job.Invocation ?? throw new ArgumentException("The job's command line is not understood yet.", nameof(job));
        PreprocessorArguments arguments = PreprocessorArguments.Read(invocation);
        if (arguments.Doubt is { } argument)
        {
            return ScanResult.InDoubt($"{argument} changes how files are found");
        }

        SearchPath? search;
        try
        {
            search = await searchFolders.AskAsync(job, invocation, visit, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            return ScanResult.InDoubt(e.Message);
        }

        if (search is null || search.Doubt is not null)
        {
            return ScanResult.InDoubt(search?.Doubt ?? "the compiler does not name its search folders");
        }

        MacroIndex macros = _macros;
        if (macros.IsFull)
        {
            _macros = macros = new MacroIndex();
        }

        var resolver = new IncludeResolver(visit, job.WorkingDirectory, search);
        (IReadOnlyList<string> files, string? doubt) = new IncludeClosure(memory.Reader, resolver, macros, _names, search, job, arguments).Find(cancellationToken);
        return doubt is not null ? ScanResult.InDoubt(doubt) : new ScanResult(
            [.. files.Concat(invocation.NamedInputs).Distinct(StringComparer.Ordinal)],
            [.. search.Folders.Concat(invocation.NamedDirectories).Distinct(StringComparer.Ordinal)],
            null);
    }

    /// <summary>Finds them; a job about which there is doubt stays here.</summary>
    public async ValueTask<CollectedInputs> CollectAsync(CompileJob job, CancellationToken cancellationToken = default)
    {
        ScanResult scan = await ScanAsync(job, cancellationToken).ConfigureAwait(false);
        return scan.Doubt is { } doubt
            ? CollectedInputs.Stay(LocalOnlyKind.Inputs, doubt) with { Rung = InputRung.Scanner, Doubt = doubt }
            : scan.ToInputs();
    }
}
