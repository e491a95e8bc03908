namespace IceCream.Benchmarks.Identity.Random.Constructs;

/// <summary>What cases are made of.</summary>
/// <param name="Kind">As the table names it.</param>
/// <param name="Weight">How often it comes up.</param>
/// <param name="Add">Adds it to a case.</param>
internal sealed record Construct(string Kind, int Weight, Action<Draft> Add)
{
    public static IReadOnlyList<Construct> All { get; } =
    [
        new("probe", 12, Macros.Probe),
        new("computed include", 12, Macros.Computed),
        new("many macros", 1, Macros.Many),
        new("long lines", 1, Macros.Long),
        new("disguise", 14, Disguise.Text),
        new("shadow", 14, Search.Shadow),
        new("links", 7, Search.Links),
        new("forced include", 8, Search.Forced),
        new("odd folder", 5, Search.Odd),
        new("assembler", 10, Assembly.Include),
        new("embed", 3, Assembly.Embed),
        new("precompiled", 6, Files.Precompiled),
        new("response file", 6, Files.Response),
        new("line", 5, Files.Line),
        new("stamps", 5, Files.Stamps),
        new("old outputs", 5, Files.Outputs),
        new("pipe", 1, Files.Pipe),
        new("flags", 10, Environments.Flags),
        new("variables", 7, Environments.Variables),
        new("names", 8, Environments.Names),
        new("working folder", 5, Environments.Folders),
        new("mounts", 1, Environments.Mounts),
        new("programs appear", 4, Toolchains.Appears),
        new("installation", 3, Toolchains.Installation),
        new("configuration", 3, Toolchains.Configuration),
        new("compiler's path", 4, Toolchains.Called),
        new("wrapper", 3, Toolchains.Wrapped),
        new("failure", 8, Jobs.Fails),
        new("dependency", 2, Jobs.Dependency),
        new("race", 5, Jobs.Race),
        new("quick edits", 6, Jobs.Edits),
        new("csmith", 4, Jobs.Csmith),
        new("many words", 1, Jobs.Many),
        new("pipeline", 1, Jobs.Pipeline),
        new("terminal", 2, Jobs.Terminal),
    ];

    /// <param name="dice">Chance.</param>
    /// <param name="only">The kinds to choose from; none: all.</param>
    public static Construct Pick(Dice dice, IReadOnlyList<string> only)
    {
        Construct[] choices = [.. All.Where(construct => only.Count == 0 || only.Contains(construct.Kind))];
        int place = dice.Below(choices.Sum(static construct => construct.Weight));
        return choices.First(construct => (place -= construct.Weight) < 0);
    }
}
