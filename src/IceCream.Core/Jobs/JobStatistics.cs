using System.Collections.Immutable;

namespace IceCream.Jobs;

/// <summary>A count with its name.</summary>
internal readonly record struct NamedCount(string Name, long Count);

/// <summary>How many commands stayed on this machine for one reason.</summary>
/// <param name="Purpose">The purpose of the commands.</param>
/// <param name="Kind">The class of the reason.</param>
/// <param name="Reason">The reason of the latest of them: a sentence without its full stop.</param>
/// <param name="Count">How many.</param>
internal sealed record StayCount(CommandPurpose Purpose, LocalOnlyKind Kind, string Reason, long Count);

/// <summary>Counters of an agent since its start.</summary>
public sealed record JobStatistics
{
    internal const string SentAgain = "sent again";

    /// <summary>Jobs done on workers.</summary>
    public long Remote { get; init; }

    /// <summary>Jobs done on the submitting machine.</summary>
    public long Local { get; init; }

    /// <summary>Jobs whose result came from the cache.</summary>
    public long Cached { get; init; }

    /// <summary>Jobs that joined an equal job in progress.</summary>
    public long Joined { get; init; }

    /// <summary>Jobs that the farm failed and that were not to run here.</summary>
    public long Failed { get; init; }

    /// <summary>Jobs that ended early because the client left or interrupted them.</summary>
    public long Cancelled { get; init; }

    /// <summary>How many of all jobs were compiles (<see cref="CommandPurpose.Compile"/>) that were not cancelled.</summary>
    public long Compiles { get; init; }

    /// <summary>How many of <see cref="Compiles"/> needed no compile on this machine: they ran on workers, or their result was cached.</summary>
    public long CompilesAway { get; init; }

    /// <summary>How many of all jobs were questions of a build system (<see cref="CommandPurpose.Question"/>), wherever they ran.</summary>
    public long Questions { get; init; }

    /// <summary>Why jobs did not run remotely, by the names of <see cref="LocalOnlyKind"/>, most frequent first.</summary>
    internal ImmutableArray<NamedCount> Reasons { get; init; } = [];

    /// <summary>The same as sentences, grouped by flag, most frequent first: at most 256.</summary>
    internal ImmutableArray<StayCount> Stays { get; init; } = [];

    /// <summary>
    /// How the inputs of jobs were found, most frequent first: <c>manifest</c>, <c>scanner</c>, or <c>compiler</c> with the cause of the scanner's doubt.
    /// Also <see cref="SentAgain"/> and a path, for jobs that looked for a file that they had not been sent.
    /// </summary>
    internal ImmutableArray<NamedCount> Inputs { get; init; } = [];

    /// <summary>
    /// Cache outcomes, most frequent first: <c>hit</c>, <c>joined</c>, <c>kept</c>, and <c>miss</c>, <c>no key</c>, <c>not kept</c>,
    /// <c>dropped</c> or <c>verified</c> with a colon and the reason.
    /// </summary>
    internal ImmutableArray<NamedCount> Cache { get; init; } = [];

    /// <summary>Jobs by worker, most frequent first.</summary>
    internal ImmutableArray<NamedCount> Workers { get; init; } = [];

    /// <summary>The latest jobs, oldest first: at most 1,000.</summary>
    public ImmutableArray<JobRecord> Recent { get; init; } = [];
}
