using System.Collections.Immutable;

namespace IceCream.Preprocessing;

/// <summary>Everything that the scanner needs to know about a source's content. Conditions are not evaluated: every branch counts.</summary>
internal sealed record SourceDirectives
{
    /// <summary>The files that the source names, each mention once.</summary>
    public ImmutableArray<IncludeDirective> Includes { get; init; } = [];

    /// <summary>The macros that the source defines.</summary>
    public MacroDefinitions Definitions { get; init; } = MacroDefinitions.None;

    /// <summary>Macros of the source that pass their operand to <c>__has_include</c>.</summary>
    public ImmutableArray<string> ProbeMacros { get; init; } = [];

    /// <summary>Macros that conditions of the source call with something other than a file name.</summary>
    public ImmutableArray<string> CalledInConditions { get; init; } = [];

    /// <summary>What the scanner cannot follow in the source; null when nothing.</summary>
    public string? Doubt { get; init; }

    /// <summary>Whether the source has another meaning where trigraphs are replaced.</summary>
    public bool HasTrigraphs { get; init; }

    /// <summary>The source's part in a pragma that compares the times of files; macros may assemble the pragma from several sources.</summary>
    public TimePragma TimePragma { get; init; }

    /// <summary>Whether the source seems to import or declare a C++ module.</summary>
    public bool HasModules { get; init; }

    /// <summary>The approximate size of this record in bytes.</summary>
    public int Footprint => 200 + Definitions.Footprint + Includes.Sum(static include => 60 + (2 * include.Text.Length))
        + ProbeMacros.Concat(CalledInConditions).Sum(static name => 40 + (2 * name.Length));

    /// <summary>Whether both contents lead to the same files wherever the source is included.</summary>
    public bool SaysTheSame(SourceDirectives other) =>
        Includes.AsSpan().SequenceEqual(other.Includes.AsSpan())
        && Definitions.AreThoseOf(other.Definitions)
        && ProbeMacros.AsSpan().SequenceEqual(other.ProbeMacros.AsSpan())
        && CalledInConditions.AsSpan().SequenceEqual(other.CalledInConditions.AsSpan())
        && Doubt == other.Doubt && HasTrigraphs == other.HasTrigraphs && HasModules == other.HasModules
        && TimePragma == other.TimePragma;
}
