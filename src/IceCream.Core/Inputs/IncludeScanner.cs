using IceCream.FileSystem;
using IceCream.Jobs;
using IceCream.Preprocessing;

namespace IceCream.Inputs;

/// <summary>
/// Finds the inputs of a job by parsing the directives of its sources, each content once, and by searching as the compiler does. Never runs the
/// compiler on a source. Thread-safe.
/// </summary>
/// <param name="searchFolders">The compiler's search folders.</param>
/// <param name="memory">The state of files and folders.</param>
internal sealed class IncludeScanner(SearchFolders searchFolders, InputMemory memory)
{
    private volatile MacroIndex _macros = new();
    private readonly ComputedNames _names = new();

    /// <summary>Finds the inputs, or says why they are in doubt.</summary>
    /// <exception cref="ArgumentException">The job has no invocation.</exception>
    public ValueTask<ScanResult> ScanAsync(CompileJob job, CancellationToken cancellationToken = default) => ScanAsync(job, memory.Begin(), cancellationToken);

    /// <summary>Finds the inputs, or says why they are in doubt; the visit records everything that the answer depends on.</summary>
    /// <exception cref="ArgumentException">The job has no invocation.</exception>
    public async ValueTask<ScanResult> ScanAsync(CompileJob job, InputVisit visit, CancellationToken cancellationToken = default)
    {
        CompilerInvocation invocation = job.Invocation ?? throw new ArgumentException("The job's command line is not understood yet.", nameof(job));
        PreprocessorArguments arguments = PreprocessorArguments.Read(invocation);
        SearchPath? search;
        try
        {
            search = await searchFolders.AskAsync(job, invocation, visit, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            return ScanResult.InDoubt(e.Message);
        }

        if (search is null)
        {
            return ScanResult.InDoubt("the compiler does not name its search folders");
        }

        MacroIndex macros = _macros;
        if (macros.IsFull)
        {
            _macros = macros = new MacroIndex();
        }

        var resolver = new IncludeResolver(visit, job.WorkingDirectory, search);

        // With a doubt from the start, it only looks for pipes and devices, which the compiler's dependency run would read.
        string? argument = arguments.Doubt is { } changing ? $"{changing} changes how files are found" : null;
        var closure = new IncludeClosure(memory.Reader, resolver, macros, _names, search, job, arguments, argument ?? search.Doubt);
        (IReadOnlyList<string> files, string? doubt) = closure.Find(cancellationToken);
        return resolver.Special is { } special ? ScanResult.InDoubt($"{special} is no regular file") with { Special = special }
            : doubt is not null ? ScanResult.InDoubt(doubt) : new ScanResult(
            [.. files.Concat(invocation.NamedInputs).Distinct(StringComparer.Ordinal)],
            [.. search.Folders.Concat(invocation.NamedDirectories).Distinct(StringComparer.Ordinal)],
            null);
    }
}
