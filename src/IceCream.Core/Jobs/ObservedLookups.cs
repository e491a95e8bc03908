using System.Collections.Immutable;

namespace IceCream.Jobs;

/// <summary>Names that were looked up in one folder and did not exist.</summary>
/// <param name="Folder">Absolute, with no symbolic link in it; the folder exists.</param>
/// <param name="Names">
/// The names, each once, sorted by ordinal comparison. A name has several components, separated by slashes, where already the first one did not
/// exist.
/// </param>
internal readonly record struct AbsentNames(string Folder, ImmutableArray<string> Names);

/// <summary>What a compile's outcome depends on besides the files that it read: the lookups that failed, and the folders that it listed.</summary>
/// <param name="Absent">The names that did not exist, sorted by folder.</param>
/// <param name="Listed">The folders that were listed: absolute, with no symbolic link in them, sorted.</param>
/// <param name="Variables">The environment variables that were queried and that no compiler is known to query, sorted.</param>
internal sealed record LookupLists(ImmutableArray<AbsentNames> Absent, ImmutableArray<string> Listed, ImmutableArray<string> Variables)
{
    /// <summary>No failed lookups, and no listed folders.</summary>
    public static LookupLists Empty { get; } = new([], [], []);
}

/// <summary>The lookups that were observed where a compile ran. They prove that the result is valid for the origin too, once the origin has compared them.</summary>
public sealed record ObservedLookups
{
    /// <summary>The lookups. Null on arrival when they are those that <see cref="CompileJob.ExpectedLookups"/> announced, so that they need not be sent.</summary>
    internal LookupLists? Lists { get; init; }

    /// <summary>Why the lists may be incomplete; null when they are complete.</summary>
    internal string? Gap { get; init; }

    /// <summary>
    /// An action of the compile that another machine cannot repeat: it read a device, or wrote a file that was not announced. Null when there was
    /// none.
    /// </summary>
    internal string? Objection { get; init; }

    /// <summary>The same as a reason why the job stays on its own machine; null when there was no such action.</summary>
    internal LocalOnlyReason? ReasonToStay => Objection is { } objection ? new LocalOnlyReason(LocalOnlyKind.Lookups, objection) : null;

    /// <summary>Whether the compile queried the local time, as compilers do for <c>__DATE__</c>, <c>__TIME__</c> and <c>__TIMESTAMP__</c>.</summary>
    internal bool AsksLocalTime { get; init; }

    /// <summary>A problem that is not the source's fault: a process of the compile was killed, a disk was full. Null when none was observed.</summary>
    internal string? Trouble { get; init; }

    /// <summary>A compile that looked up nothing but the files that it was sent. Executors that stand in for a compiler report it.</summary>
    public static ObservedLookups Clean { get; } = new() { Lists = LookupLists.Empty };
}
