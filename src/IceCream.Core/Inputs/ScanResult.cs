using System.Collections.Immutable;

namespace IceCream.Inputs;

/// <summary>What the scanner found.</summary>
/// <param name="Files">Every file that the compile can read, and perhaps more.</param>
/// <param name="Directories">Folders that must exist where they exist here.</param>
/// <param name="Doubt">What the scanner could not follow, so that files may be missing; null when it is sure.</param>
internal sealed record ScanResult(ImmutableArray<string> Files, ImmutableArray<string> Directories, string? Doubt)
{
    /// <summary>What would be read that nobody but the compiler may read, because it gives what it gives once; null when there is nothing of the kind.</summary>
    public string? Special { get; init; }

    public static ScanResult InDoubt(string doubt) => new([], [], doubt);

    /// <exception cref="InvalidOperationException">The scanner is in doubt.</exception>
    public CollectedInputs ToInputs() => Doubt is null
        ? new CollectedInputs(Files, Directories) { Stage = InputStage.Scanner }
        : throw new InvalidOperationException($"The inputs are in doubt: {Doubt}");
}
