using System.Collections.Immutable;

namespace IceCream.Jobs;

/// <summary>A count under a name.</summary>
internal readonly record struct NamedCount(string Name, long Count);

/// <summary>How many commands stayed for one reason.</summary>
/// <param name="Purpose">What they are for.</param>
/// <param name="Kind">The class of the reason.</param>
/// <param name="Reason">The reason of the latest of them: a sentence without its full stop.</param>
/// <param name="Count">How many.</param>
internal sealed record StayCount(CommandPurpose Purpose, LocalOnlyKind Kind, string Reason, long Count);

/// <summary>What an agent has done since it started.</summary>
public sealed record JobStatistics
{
    internal const string SentAgain = "sent again";

    /// <summary>Jobs done on workers.</summary>
    public long Remote { get; init; }

    /// <summary>Jobs done on the submitting machine.</summary>
    public long Local { get; init; }

    /// <summary>Jobs whose result was known.</summary>
    public long Cached { get; init; }

    /// <summary>Jobs done together with an equal one.</summary>
    public long Joined { get; init; }

    /// <summary>Jobs that the farm failed and that were not to run here.</summary>
    public long Failed { get; init; }

    /// <summary>Jobs that ended before their time, because whoever asked for them left or interrupted them.</summary>
    public long Cancelled { get; init; }

    /// <summary>How many of all jobs were compiles (<see cref="CommandPurpose.Compile"/>) that were not cancelled.</summary>
    public long Compiles { get; init; }

    /// <summary>How many of <see cref="Compiles"/> cost this machine no compile: they ran on workers, or their result was known.</summary>
    public long CompilesAway { get; init; }

    /// <summary>How many of all jobs were questions of a build system (<see cref="CommandPurpose.Question"/>), wherever they ran.</summary>
    public long Questions { get; init; }

    /// <summary>Why jobs did not run remotely, by the names of <see cref="LocalOnlyKind"/>, most frequent first.</summary>
    internal ImmutableArray<NamedCount> Reasons { get; init; } = [];

    /// <summary>The same in sentences, those of one flag together, most frequent first: at most 256.</summary>
    internal ImmutableArray<StayCount> Stays { get; init; } = [];

    /// <summary>
    /// How the inputs of jobs were found, most frequent first: <c>manifest</c>, <c>scanner</c>, or <c>compiler</c> and what the scanner was in doubt
    /// about. Also <see cref="SentAgain"/> and a path, for jobs that were seen to look for what they had not been sent.
    /// </summary>
    internal ImmutableArray<NamedCount> Inputs { get; init; } = [];

    /// <summary>
    /// How often results were known and why not, most frequent first: <c>hit</c>, <c>joined</c>, <c>kept</c>, and <c>miss</c>, <c>no key</c>, <c>not kept</c>,
    /// <c>dropped</c> or <c>verified</c> with a colon and the reason.
    /// </summary>
    internal ImmutableArray<NamedCount> Cache { get; init; } = [];

    /// <summary>Jobs by worker, most frequent first.</summary>
    internal ImmutableArray<NamedCount> Workers { get; init; } = [];

    /// <summary>The latest jobs, oldest first: at most 1,000.</summary>
    public ImmutableArray<JobRecord> Recent { get; init; } = [];
}
