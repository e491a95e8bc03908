using IceCream.Jobs;

namespace IceCream.CommandLine;

/// <summary>How a flag is spelt and what it does; values combine.</summary>
[Flags]
internal enum FlagTraits
{
    /// <summary>Nothing special: the flag affects only what the compiler makes of the text, and may travel.</summary>
    None = 0,

    /// <summary>The flag has no value.</summary>
    Alone = 1 << 0,

    /// <summary>The value follows in the same argument. A name that ends in <c>=</c> may have an empty value.</summary>
    Joined = 1 << 1,

    /// <summary>The value is the next argument.</summary>
    Separate = 1 << 2,

    /// <summary>The row covers all flags with this prefix; a value with a slash makes the flag unknown, because it may name a file.</summary>
    Family = 1 << 3,

    /// <summary>Left out of the query for dependencies.</summary>
    DropFromScan = 1 << 4,

    /// <summary>Kept in the query for search folders and macros.</summary>
    Search = 1 << 5,

    /// <summary>The value is a file that is read, and that dependency output does not list.</summary>
    NamesInput = 1 << 6,

    /// <summary>The value is a folder in which files are searched.</summary>
    NamesDirectory = 1 << 7,

    /// <summary>The value is a file that is written.</summary>
    NamesOutput = 1 << 8,

    /// <summary>Selects files of the compiler itself: programs, libraries, headers, tables of character sets. Another value means another toolchain.</summary>
    MovesToolchain = 1 << 9,

    /// <summary>Selects folders in which the compiler looks for its programs; a program may appear there at any time.</summary>
    MovesPrograms = 1 << 10,

    /// <summary>Affects only macros, and no search folder.</summary>
    MacrosOnly = 1 << 11,

    /// <summary>Reads a profile that earlier runs of the program wrote, from a file that may be named after the output.</summary>
    ReadsProfile = 1 << 12,

    /// <summary>Writes the words of the command into the output.</summary>
    RecordsCommand = 1 << 13,

    /// <summary>Writes the expansion of the processor flags into the output.</summary>
    RecordsFlags = 1 << 14,

    /// <summary>As <see cref="RecordsFlags"/>, but only in GCC.</summary>
    RecordsFlagsInGcc = 1 << 19,

    /// <summary>Determines how diagnostics look.</summary>
    StylesDiagnostics = 1 << 15,

    /// <summary>Determines, together with the <c>-m</c> flags, what <c>-march=native</c> and its kin stand for.</summary>
    ShapesProcessor = 1 << 16,

    /// <summary>Changes how files are found, or what text means, in a way that the scanner does not follow.</summary>
    BeyondScanner = 1 << 17,

    /// <summary>As <see cref="BeyondScanner"/>, but only in Clang.</summary>
    BeyondScannerInClang = 1 << 18,
}

/// <summary>What the reader of a command does at a flag.</summary>
internal enum FlagAction
{
    /// <summary>Nothing beyond the traits.</summary>
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

    /// <summary><c>-arch</c>, which may occur once.</summary>
    Architecture,

    /// <summary><c>--sysroot</c>, which <c>-I=</c> refers to.</summary>
    SystemRoot,

    /// <summary><c>-I</c>. A single dash as its value, also as the next argument, means <c>-I-</c>.</summary>
    IncludeFolder,

    /// <summary><c>-iprefix</c>.</summary>
    Prefix,

    /// <summary><c>-iwithprefix</c> and its kin.</summary>
    WithPrefix,

    /// <summary><c>-include</c> and <c>-imacros</c>.</summary>
    Include,

    /// <summary><c>-march=</c> and its kin. The value <c>native</c> means this machine and may be spelt out; <c>native+…</c> keeps the command on its machine.</summary>
    Machine,

    /// <summary><c>-include-pch</c>, which is Clang's.</summary>
    IncludePrecompiled,

    /// <summary><c>-Wp,</c>.</summary>
    PreprocessorPass,

    /// <summary><c>-Wa,</c> and <c>-Xassembler</c>.</summary>
    AssemblerPass,

    /// <summary><c>-Xclang</c>.</summary>
    ClangPass,

    /// <summary><c>-D</c>.</summary>
    Define,

    /// <summary><c>-std=</c>.</summary>
    Standard,

    /// <summary><c>-trigraphs</c> and <c>-ansi</c>.</summary>
    Trigraphs,

    /// <summary><c>-finput-charset=</c>.</summary>
    InputCharset,
}

/// <summary>One row of the flag table.</summary>
/// <param name="Name">The start of the flag, dashes included.</param>
/// <param name="Traits">Spelling and effect.</param>
internal sealed record CompilerFlag(string Name, FlagTraits Traits)
{
    /// <summary>Why the flag keeps the command on its machine; null when it may travel.</summary>
    public LocalOnlyKind? Local { get; init; }

    /// <summary>How the flag keeps the command on its machine, as the rest of a sentence that begins with the flag.</summary>
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

/// <summary>A flag as it stands in a command.</summary>
/// <param name="Flag">The row.</param>
/// <param name="Word">The argument that names it.</param>
/// <param name="Next">The following argument if it is the flag's value; null when the flag has no value, or has it in <paramref name="Word"/>.</param>
/// <param name="Value">Its value; empty when it has none.</param>
internal readonly record struct FlagUse(CompilerFlag Flag, string Word, string? Next, string Value)
{
    /// <summary>The arguments of the flag, as they stand.</summary>
    public IEnumerable<string> Words => Next is null ? [Word] : [Word, Next];
}
