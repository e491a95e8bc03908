using System.Collections.Immutable;
using IceCream.Preprocessing;

namespace IceCream.Inputs;

/// <summary>Where a compiler searches included files, and the macros that it starts with.</summary>
/// <param name="Quoted">The folders searched for <c>"name"</c> only, in their order, as the compiler names them.</param>
/// <param name="Angled">The folders searched for <c>&lt;name&gt;</c>, and for <c>"name"</c> after the others.</param>
/// <param name="Predefined">The compiler's own macros.</param>
/// <param name="Doubt">Another factor that decides where files are found and is not described here; null when there is none.</param>
internal sealed record SearchPath(ImmutableArray<string> Quoted, ImmutableArray<string> Angled, SourceDirectives Predefined, string? Doubt)
{
    /// <summary>All folders in their order.</summary>
    public ImmutableArray<string> Folders { get; } = [.. Quoted, .. Angled];

    /// <summary>Folders that the compiler was told to search and ignores, because they are missing or duplicates under another name. Absolute.</summary>
    public ImmutableArray<string> LeftOut { get; init; } = [];
}
