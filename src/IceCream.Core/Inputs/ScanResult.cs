using System.Collections.Immutable;

namespace IceCream.Inputs;

/// <summary>The scanner's result.</summary>
/// <param name="Files">Every file that the compile can read, and possibly more.</param>
/// <param name="Directories">Folders that must exist where they exist here.</param>
/// <param name="Doubt">What the scanner could not follow, so that files may be missing; null when it is sure.</param>
internal sealed record ScanResult(ImmutableArray<string> Files, ImmutableArray<string> Directories, string? Doubt)
{
    /// <summary>An input that only the compiler may read, because its content can be read only once; null when there is none.</summary>
    public string? Special { get; init; }

    public static ScanResult InDoubt(string doubt) => new([], [], doubt);

    /// <exception cref="InvalidOperationException">The scanner is in doubt.</exception>
    public CollectedInputs ToInputs() => Doubt is null
        ? new CollectedInputs(Files, Directories) { Stage = InputStage.Scanner }
        : throw new InvalidOperationException($"The inputs are in doubt: {Doubt}");
}
