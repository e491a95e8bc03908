using IceCream.Benchmarks.Corpora;

namespace IceCream.Benchmarks.Identity;

/// <summary>A file of a corpus, and how it wants to be compiled by whatever compiler.</summary>
/// <param name="Source">Its path, as the command has it.</param>
/// <param name="Words">Its flags: no compiler, no source, no outputs, nothing that a <see cref="Variant"/> decides.</param>
/// <param name="Folder">The working directory.</param>
internal sealed record Unit(string Source, IReadOnlyList<string> Words, string Folder)
{
    private bool IsC => Path.GetExtension(Source) == ".c";

    /// <summary>Of a command of a compile database, which ends in its source.</summary>
    public static Unit Of(CompileCommand command) => new(
        command.Words[^1], [.. command.Words.Skip(1).SkipLast(1).Where(static word => word != "-c" && !IsDecided(word))], command.Folder);

    /// <summary>The whole command.</summary>
    /// <param name="variant">The compiler and the common flags.</param>
    /// <param name="launcher">What is put in front; nothing to compile here.</param>
    /// <param name="stem">The outputs' path, without a suffix.</param>
    public IReadOnlyList<string> Command(Variant variant, IReadOnlyList<string> launcher, string stem) =>
    [
        .. launcher, IsC ? variant.C : variant.CPlusPlus, .. Words, .. variant.Flags, "-Wall", "-MD", "-MF", $"{stem}.d", "-o", $"{stem}.o", "-c", Source,
    ];

    private static bool IsDecided(string word) =>
        word.StartsWith("-O", StringComparison.Ordinal) || word.StartsWith("-M", StringComparison.Ordinal) || word is "-g" or "-Wall";
}
