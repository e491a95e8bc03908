using System.Collections.Immutable;
using IceCream.Jobs;

namespace IceCream.CommandLine;

/// <summary>What the arguments of a command line said, one by one: the reader fills it, and the conclusion is drawn from it.</summary>
/// <param name="arguments">The arguments, response files replaced.</param>
/// <param name="family">Whose flags they are.</param>
/// <param name="cxxDriver">Whether the driver takes C for C++.</param>
internal sealed class CommandLineFindings(ImmutableArray<string> arguments, CompilerFamily family, bool cxxDriver)
{
    public ImmutableArray<string> Arguments => arguments;

    public CompilerFamily Family => family;

    public bool CxxDriver => cxxDriver;

    /// <summary>What is kept for the question about dependencies.</summary>
    public List<string> Scan { get; } = [];

    /// <summary>What is kept for the question about search folders and macros.</summary>
    public List<string> Search { get; } = [];

    public List<string> NamedInputs { get; } = [];

    public List<string> NamedDirectories { get; } = [];

    public List<string> NamedOutputs { get; } = [];

    /// <summary>The suffixes of the files that are written beside the output.</summary>
    public List<string> ExtraSuffixes { get; } = [];

    public string? Source { get; set; }

    /// <summary>What <c>-x</c> said before the source.</summary>
    public string? SourceLanguage { get; set; }

    public string? Output { get; set; }

    /// <summary>What <c>-include-pch</c> said.</summary>
    public string? Precompiled { get; set; }

    /// <summary>What <c>-MF</c> said.</summary>
    public string? DependencyFile { get; set; }

    public string? SystemRoot { get; set; }

    public bool CompileOnly { get; set; }

    public bool AssemblyOnly { get; set; }

    public bool EmitLlvm { get; set; }

    public bool WritesDependencies { get; set; }
}
