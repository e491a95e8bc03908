namespace IceCream.Benchmarks.Corpora;

/// <summary>A file of a corpus, and how it wants to be compiled by whatever compiler.</summary>
/// <param name="Source">Its path, as the command has it.</param>
/// <param name="Words">Its flags: no compiler, no source, no outputs, no optimisation, no debug information, no warnings.</param>
/// <param name="Folder">The working directory.</param>
internal sealed record Unit(string Source, IReadOnlyList<string> Words, string Folder)
{
    public bool IsC => Path.GetExtension(Source) == ".c";

    /// <summary>Of a command of a compile database, which ends in its source.</summary>
    public static Unit Of(CompileCommand command) => new(
        command.Words[^1], [.. command.Words.Skip(1).SkipLast(1).Where(static word => word != "-c" && !IsDecided(word))], command.Folder);

    /// <summary>Files below a folder, compiled in it.</summary>
    public static IReadOnlyList<Unit> Below(string folder, string pattern, SearchOption depth, IReadOnlyList<string> flags) =>
    [
        .. Directory.EnumerateFiles(folder, pattern, depth).Order(StringComparer.Ordinal)
            .Select(path => new Unit(Path.GetRelativePath(folder, path), flags, folder)),
    ];

    private static bool IsDecided(string word) =>
        word.StartsWith("-O", StringComparison.Ordinal) || word.StartsWith("-M", StringComparison.Ordinal) || word is "-g" or "-Wall";
}
