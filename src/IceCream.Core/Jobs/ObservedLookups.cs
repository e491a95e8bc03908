using System.Collections.Immutable;

namespace IceCream.Jobs;

/// <summary>Names that were looked for in one folder, and were not there.</summary>
/// <param name="Folder">Absolute, with no symbolic link in it; it was there.</param>
/// <param name="Names">The names, each once, sorted by ordinal comparison; where already the first of several was not there, they are parted by slashes.</param>
internal readonly record struct AbsentNames(string Folder, ImmutableArray<string> Names);

/// <summary>What a compile's outcome depends on besides the files that it read: what it looked for in vain, and the folders whose names it read.</summary>
/// <param name="Absent">What was not there, sorted by folder.</param>
/// <param name="Listed">The folders whose names were read: absolute, with no symbolic link in them, sorted.</param>
/// <param name="Variables">The variables of the environment that were asked for and that no compiler is known to have, sorted.</param>
internal sealed record LookupLists(ImmutableArray<AbsentNames> Absent, ImmutableArray<string> Listed, ImmutableArray<string> Variables)
{
    /// <summary>Nothing was looked for in vain, and no folder was read.</summary>
    public static LookupLists Empty { get; } = new([], [], []);
}

/// <summary>What a compile was seen to look for, where it ran. It proves that a result is the origin's too, once the origin has compared.</summary>
public sealed record ObservedLookups
{
    /// <summary>What it depends on. Null on arrival when it is what <see cref="CompileJob.ExpectedLookups"/> announced, so that it need not travel.</summary>
    internal LookupLists? Lists { get; init; }

    /// <summary>Why something may have been looked for that is not in the lists; null when the record is whole.</summary>
    internal string? Gap { get; init; }

    /// <summary>What the compile did that cannot be the same on another machine: read of this machine's devices, or write where it was not announced. Null when nothing.</summary>
    internal string? Objection { get; init; }

    /// <summary>Whether it asked for the local time, as compilers do for <c>__DATE__</c>, <c>__TIME__</c> and <c>__TIMESTAMP__</c>.</summary>
    internal bool AsksLocalTime { get; init; }

    /// <summary>What befell the compile that is no fault of its source: a program of it was killed, a disk was full. Null when nothing was seen.</summary>
    internal string? Trouble { get; init; }

    /// <summary>A compile that was seen to look for nothing but what it was sent: what an executor that only stands for a compiler says of itself.</summary>
    public static ObservedLookups Clean { get; } = new() { Lists = LookupLists.Empty };
}
