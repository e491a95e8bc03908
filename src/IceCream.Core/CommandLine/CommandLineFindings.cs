using System.Collections.Immutable;
using IceCream.Jobs;

namespace IceCream.CommandLine;

/// <summary>What the arguments of a command line say. The reader fills it, and <see cref="CommandLineConclusion"/> evaluates it.</summary>
/// <param name="arguments">The arguments, with response files expanded.</param>
/// <param name="family">The compiler family whose flags they are.</param>
/// <param name="cxxDriver">Whether the driver compiles C sources as C++.</param>
internal sealed class CommandLineFindings(ImmutableArray<string> arguments, CompilerFamily family, bool cxxDriver)
{
    public ImmutableArray<string> Arguments => arguments;

    public CompilerFamily Family => family;

    public bool CxxDriver => cxxDriver;

    /// <summary>Arguments of the query for dependencies.</summary>
    public List<string> Scan { get; } = [];

    /// <summary>Arguments of the query for search folders and macros.</summary>
    public List<string> Search { get; } = [];

    public List<string> NamedInputs { get; } = [];

    public List<string> NamedDirectories { get; } = [];

    public List<string> NamedOutputs { get; } = [];

    /// <summary>The suffixes of files that the compiler writes beside the output.</summary>
    public List<string> ExtraSuffixes { get; } = [];

    public string? Source { get; set; }

    /// <summary>The value of <c>-x</c> before the source.</summary>
    public string? SourceLanguage { get; set; }

    public string? Output { get; set; }

    /// <summary>The value of <c>-include-pch</c>.</summary>
    public string? Precompiled { get; set; }

    /// <summary>The value of <c>-MF</c>.</summary>
    public string? DependencyFile { get; set; }

    public string? SystemRoot { get; set; }

    public bool CompileOnly { get; set; }

    public bool AssemblyOnly { get; set; }

    public bool EmitLlvm { get; set; }

    public bool WritesDependencies { get; set; }
}
