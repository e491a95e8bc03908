using IceCream.Jobs;

namespace IceCream.CommandLine;

/// <summary>How a flag is spelt and what it does, as bits that add up.</summary>
[Flags]
internal enum FlagTraits
{
    /// <summary>Nothing special: it decides what the compiler makes of the text, and travels.</summary>
    None = 0,

    /// <summary>Stands for itself.</summary>
    Alone = 1 << 0,

    /// <summary>The value follows in the same argument. A name that ends in <c>=</c> may have an empty value.</summary>
    Joined = 1 << 1,

    /// <summary>The value is the next argument.</summary>
    Separate = 1 << 2,

    /// <summary>Stands for all flags that begin so; a value that looks like a path makes it unknown, for it may name a file.</summary>
    Family = 1 << 3,

    /// <summary>Left out when the dependencies are asked for.</summary>
    DropFromScan = 1 << 4,

    /// <summary>Kept for the question where includes are searched and which macros exist.</summary>
    Search = 1 << 5,

    /// <summary>The value is a file that is read, and that dependency output does not list.</summary>
    NamesInput = 1 << 6,

    /// <summary>The value is a folder in which files are searched.</summary>
    NamesDirectory = 1 << 7,

    /// <summary>The value is a file that is written.</summary>
    NamesOutput = 1 << 8,
}

/// <summary>What the reader itself must do at a flag.</summary>
internal enum FlagAction
{
    /// <summary>The traits say all.</summary>
    None,

    /// <summary><c>-c</c>.</summary>
    CompileOnly,

    /// <summary><c>-S</c>.</summary>
    AssemblyOnly,

    /// <summary><c>-o</c>.</summary>
    Output,

    /// <summary><c>-x</c>.</summary>
    Language,

    /// <summary><c>-MD</c> and <c>-MMD</c>.</summary>
    WriteDependencies,

    /// <summary><c>-MF</c>.</summary>
    DependencyFile,

    /// <summary><c>-emit-llvm</c>.</summary>
    EmitLlvm,

    /// <summary><c>-arch</c>, of which one is fine.</summary>
    Architecture,

    /// <summary><c>--sysroot</c>, which <c>-I=</c> refers to.</summary>
    SystemRoot,

    /// <summary><c>-iprefix</c>.</summary>
    Prefix,

    /// <summary><c>-iwithprefix</c> and its kin.</summary>
    WithPrefix,

    /// <summary><c>-include</c> and <c>-imacros</c>.</summary>
    Include,

    /// <summary><c>-march=</c> and its kin, of which <c>native</c> means this machine, and may be spelt out; with more behind it, it stays.</summary>
    Machine,

    /// <summary><c>-include-pch</c>, which is Clang's.</summary>
    IncludePrecompiled,

    /// <summary><c>-Wp,</c>.</summary>
    PreprocessorPass,

    /// <summary><c>-Wa,</c> and <c>-Xassembler</c>.</summary>
    AssemblerPass,

    /// <summary><c>-Xclang</c>.</summary>
    ClangPass,
}

/// <summary>One row of the flag table.</summary>
/// <param name="Name">How the flag begins, dashes included.</param>
/// <param name="Traits">Spelling and effect.</param>
internal sealed record CompilerFlag(string Name, FlagTraits Traits)
{
    /// <summary>Why the flag keeps the command on its machine; null when it may travel.</summary>
    public LocalOnlyKind? Local { get; init; }

    /// <summary>What it does that keeps the command on its machine, as the rest of a sentence that begins with the flag.</summary>
    public string? Effect { get; init; }

    /// <summary>The suffix of the extra file that is written beside the output; null when there is none.</summary>
    public string? ExtraOutput { get; init; }

    /// <summary>What the reader must do beyond the traits.</summary>
    public FlagAction Action { get; init; }

    /// <summary>Tells whether all of <paramref name="traits"/> are set.</summary>
    public bool Has(FlagTraits traits) => (Traits & traits) == traits;
}

/// <summary>A flag found in an argument.</summary>
/// <param name="Flag">The row.</param>
/// <param name="JoinedValue">The value within the argument, empty when it has none; null when the next argument is the value.</param>
internal readonly record struct FlagMatch(CompilerFlag Flag, string? JoinedValue);
