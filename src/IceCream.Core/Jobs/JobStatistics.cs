using System.Collections.Immutable;

namespace IceCream.Jobs;

/// <summary>What became of one job, for people.</summary>
public sealed record JobRecord
{
    /// <summary>The source as typed, or the command's first words when it has none.</summary>
    public required string Subject { get; init; }

    /// <summary>Where it was done.</summary>
    public required JobPlace Place { get; init; }

    /// <summary>The worker's name; empty when it ran here.</summary>
    public string Worker { get; init; } = "";

    /// <summary>Why it did not run remotely; empty when it did.</summary>
    public string Reason { get; init; } = "";

    /// <summary>The compiler's exit code. 0 for a job that was handed back to its launcher: the launcher knows.</summary>
    public int ExitCode { get; init; }

    /// <summary>From the command's arrival to its end.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset Ended { get; init; }

    /// <summary>The road.</summary>
    public JobTimeline Timeline { get; init; } = JobTimeline.Empty;
}

/// <summary>A count under a name.</summary>
public readonly record struct NamedCount(string Name, long Count);

/// <summary>What an agent has done since it started.</summary>
public sealed record JobStatistics
{
    /// <summary>Jobs done on workers.</summary>
    public long Remote { get; init; }

    /// <summary>Jobs done on the submitting machine.</summary>
    public long Local { get; init; }

    /// <summary>Jobs whose result was known.</summary>
    public long Cached { get; init; }

    /// <summary>Jobs done together with an equal one.</summary>
    public long Joined { get; init; }

    /// <summary>Jobs that the farm failed and that were not to run here, or whose user left.</summary>
    public long Failed { get; init; }

    /// <summary>Why jobs did not run remotely, most frequent first.</summary>
    public ImmutableArray<NamedCount> Reasons { get; init; } = [];

    /// <summary>
    /// How the inputs of jobs were found, most frequent first: <c>scanner</c>, or <c>compiler</c> and what the scanner was in doubt about.
    /// </summary>
    public ImmutableArray<NamedCount> Inputs { get; init; } = [];

    /// <summary>Jobs by worker, most frequent first.</summary>
    public ImmutableArray<NamedCount> Workers { get; init; } = [];

    /// <summary>The latest jobs, oldest first: at most 1,000.</summary>
    public ImmutableArray<JobRecord> Recent { get; init; } = [];
}
