using System.Collections.Immutable;

namespace IceCream.Jobs;

/// <summary>The compiler whose command-line syntax is used.</summary>
internal enum CompilerFamily
{
    Gcc,

    Clang,
}

/// <summary>The language of the source, which decides which of the compiler's programs work on it.</summary>
internal enum SourceLanguage
{
    C,

    Cxx,

    ObjectiveC,

    ObjectiveCxx,

    /// <summary>Assembler that is not preprocessed (<c>.s</c>).</summary>
    Assembler,

    /// <summary>Assembler that is preprocessed (<c>.S</c>).</summary>
    AssemblerWithCpp,

    /// <summary>C that has been preprocessed (<c>.i</c>).</summary>
    PreprocessedC,

    /// <summary>C++ that has been preprocessed (<c>.ii</c>).</summary>
    PreprocessedCxx,
}

/// <summary>A parsed command line: the one compile that it asks for, all inputs that it names and all outputs.</summary>
internal sealed record CompilerInvocation
{
    public required CompilerFamily Family { get; init; }

    public required SourceLanguage Language { get; init; }

    /// <summary>The one source file, as typed.</summary>
    public required string Source { get; init; }

    /// <summary>The object (or with <c>-S</c> the assembler text), as typed, or by the compiler's own rule when <c>-o</c> is missing.</summary>
    public required string Output { get; init; }

    /// <summary>The arguments after the program's name, with response files replaced by their contents.</summary>
    public required ImmutableArray<string> Arguments { get; init; }

    /// <summary>The dependency file, as typed or by the compiler's rule; null when the command writes none.</summary>
    public string? DependencyFile { get; init; }

    /// <summary>All files that the command may write, <see cref="Output"/> first: object, depfile, .dwo, .gcno, .su and their kin.</summary>
    public required ImmutableArray<string> Outputs { get; init; }

    /// <summary>Files that flags name and the compiler's dependency output does not: sanitizer lists, profiles, specs, response files, plugins.</summary>
    public ImmutableArray<string> NamedInputs { get; init; } = [];

    /// <summary>Folders that flags name (<c>-I</c> and its kin, <c>-B</c>, <c>--sysroot</c>), as typed.</summary>
    public ImmutableArray<string> NamedDirectories { get; init; } = [];

    /// <summary>
    /// The arguments that make the compiler print the dependencies of <see cref="Source"/> to its standard output, system headers
    /// included: those of the command that decide what is read, then <c>-M</c>. Empty when the source is not preprocessed.
    /// </summary>
    public ImmutableArray<string> DependencyArguments { get; init; } = [];

    /// <summary>The arguments that decide where includes are searched and which macros exist, without the source: for asking the compiler its search folders.</summary>
    public ImmutableArray<string> SearchArguments { get; init; } = [];
}
