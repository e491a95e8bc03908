using System.Collections.Immutable;
using IceCream.FileSystem;
using IceCream.Jobs;

namespace IceCream.Inputs;

/// <summary>How the inputs of a job were found, cheapest first.</summary>
internal enum InputStage
{
    /// <summary>From the manifest of an earlier run of the command, after a check that nothing it depends on has changed.</summary>
    Manifest = 0,

    /// <summary>By parsing the directives of the sources, without the compiler.</summary>
    Scanner = 1,

    /// <summary>From the compiler's dependency output.</summary>
    Compiler = 2,
}

/// <summary>The files that a compile reads besides the toolchain, as the compiler names them; or why they cannot be known.</summary>
/// <param name="Files">Absolute or relative to the working directory, each once.</param>
/// <param name="Directories">Folders that must exist where they exist here.</param>
/// <param name="LocalOnly">Why the job must stay on this machine; then the lists are empty.</param>
internal sealed record CollectedInputs(ImmutableArray<string> Files, ImmutableArray<string> Directories, LocalOnlyReason? LocalOnly = null)
{
    /// <summary>How they were found.</summary>
    public InputStage Stage { get; init; } = InputStage.Compiler;

    /// <summary>Why a cheaper way was not sufficient; null when it was, or none was tried.</summary>
    public string? Doubt { get; init; }

    /// <summary>How often in a row the scanner was skipped because of the doubt.</summary>
    public int PassedOver { get; init; }

    /// <summary>The files and folders among them that a worker reported as missing: absolute.</summary>
    public ImmutableArray<string> Further { get; init; } = [];

    /// <summary>The view of the file system in which they were found.</summary>
    public InputVisit? Visit { get; init; }

    /// <summary>The command's manifest; null when there is none.</summary>
    public Manifest? Known { get; init; }

    /// <summary>The same files by digest, if the way by which they were found knows the digests; else null.</summary>
    public FileTree? Tree { get; init; }

    public static CollectedInputs Stay(LocalOnlyKind kind, string detail) => Stay(new LocalOnlyReason(kind, detail));

    public static CollectedInputs Stay(LocalOnlyReason reason) => new([], [], reason);
}
