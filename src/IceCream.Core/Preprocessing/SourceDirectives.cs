using System.Collections.Immutable;

namespace IceCream.Preprocessing;

/// <summary>All that the scanner needs to know of a source's content. Conditions are not evaluated: what stands in any branch counts.</summary>
internal sealed record SourceDirectives
{
    /// <summary>The files it names, each mention once.</summary>
    public ImmutableArray<IncludeDirective> Includes { get; init; } = [];

    /// <summary>The macros it defines.</summary>
    public MacroDefinitions Definitions { get; init; } = MacroDefinitions.None;

    /// <summary>Macros of its own that hand what they are given to <c>__has_include</c>.</summary>
    public ImmutableArray<string> ProbeMacros { get; init; } = [];

    /// <summary>Macros that its conditions call with something else than a file's name.</summary>
    public ImmutableArray<string> CalledInConditions { get; init; } = [];

    /// <summary>What in it cannot be followed; null when all can.</summary>
    public string? Obstacle { get; init; }

    /// <summary>Whether it means something else where trigraphs are replaced.</summary>
    public bool HasTrigraphs { get; init; }

    /// <summary>Its part in a pragma that compares the times of files, which may be put together from several sources.</summary>
    public TimePragma TimePragma { get; init; }

    /// <summary>Whether it seems to import or declare a C++ module.</summary>
    public bool HasModules { get; init; }

    /// <summary>About how many bytes it takes to remember this.</summary>
    public int Footprint => 200 + Definitions.Footprint + Includes.Sum(static include => 60 + (2 * include.Text.Length))
        + ProbeMacros.Concat(CalledInConditions).Sum(static name => 40 + (2 * name.Length));

    /// <summary>Whether another content leads to the same files wherever this one does.</summary>
    public bool SaysTheSame(SourceDirectives other) =>
        Includes.AsSpan().SequenceEqual(other.Includes.AsSpan())
        && Definitions.AreThoseOf(other.Definitions)
        && ProbeMacros.AsSpan().SequenceEqual(other.ProbeMacros.AsSpan())
        && CalledInConditions.AsSpan().SequenceEqual(other.CalledInConditions.AsSpan())
        && Obstacle == other.Obstacle && HasTrigraphs == other.HasTrigraphs && HasModules == other.HasModules
        && TimePragma == other.TimePragma;
}
