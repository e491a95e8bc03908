using System.Collections.Immutable;
using IceCream.FileSystem;
using IceCream.Jobs;

namespace IceCream.Inputs;

/// <summary>Which way the inputs of a job were found, cheapest first.</summary>
internal enum InputStage
{
    /// <summary>By remembering what the same command read before, after nothing that decides it has changed.</summary>
    Manifest = 0,

    /// <summary>By reading the directives of the sources, without the compiler.</summary>
    Scanner = 1,

    /// <summary>By asking the compiler for its dependencies.</summary>
    Compiler = 2,
}

/// <summary>What a compile reads besides the toolchain, as the compiler names it; or why that cannot be known.</summary>
/// <param name="Files">Absolute or relative to the working directory, each once.</param>
/// <param name="Directories">Folders that must exist where they exist here.</param>
/// <param name="LocalOnly">Why the job must stay here; then the lists are empty.</param>
internal sealed record CollectedInputs(ImmutableArray<string> Files, ImmutableArray<string> Directories, LocalOnlyReason? LocalOnly = null)
{
    /// <summary>How they were found.</summary>
    public InputStage Stage { get; init; } = InputStage.Compiler;

    /// <summary>Why a cheaper way was not enough; null when it was, or none was tried.</summary>
    public string? Doubt { get; init; }

    /// <summary>How many times the scanner was passed over because of the doubt.</summary>
    public int PassedOver { get; init; }

    /// <summary>Those of the files and folders that a worker has seen to be missing: absolute.</summary>
    public ImmutableArray<string> Further { get; init; } = [];

    /// <summary>The look at the file system that found them.</summary>
    public InputVisit? Visit { get; init; }

    /// <summary>What was remembered of the command; null when nothing was.</summary>
    public Manifest? Known { get; init; }

    /// <summary>The same files by digest, where whatever found them knows the digests; else null.</summary>
    public FileTree? Tree { get; init; }

    public static CollectedInputs Stay(LocalOnlyKind kind, string detail) => new([], [], new LocalOnlyReason(kind, detail));
}
