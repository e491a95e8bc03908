using System.Collections.Immutable;

namespace IceCream.Jobs;

/// <summary>The outcome of one job, for people.</summary>
public sealed record JobRecord
{
    /// <summary>The source as typed; for a command without a source its product, or else its arguments.</summary>
    public required string Subject { get; init; }

    /// <summary>All sources that the command names, as typed: at most 16.</summary>
    public ImmutableArray<string> Sources { get; init; } = [];

    /// <summary>The folder in which the command was typed; empty when that is not known.</summary>
    public string Directory { get; init; } = "";

    /// <summary>The purpose of the command.</summary>
    internal CommandPurpose Purpose { get; init; } = CommandPurpose.Compile;

    /// <summary>Where it was done.</summary>
    public required JobPlace Place { get; init; }

    /// <summary>The worker's name; empty when it ran here.</summary>
    public string Worker { get; init; } = "";

    /// <summary>The worker's slot that it used, from 1; 0 when it used none or when that is unknown.</summary>
    internal int Slot { get; init; }

    /// <summary>Why it did not run remotely, as a sentence without its full stop; empty when it did.</summary>
    public string Reason { get; init; } = "";

    /// <summary>The class of <see cref="Reason"/>; null when it has none.</summary>
    public LocalOnlyKind? Kind { get; init; }

    /// <summary>
    /// The compiler's exit code, 128 + signal when a signal ended it. Null when it is unknown: for a cancelled command, and for one that was handed
    /// back to its launcher where the kernel does not report how that ended (before Linux 6.15).
    /// </summary>
    public int? ExitCode { get; init; }

    /// <summary>From the command's arrival to its end.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset Ended { get; init; }

    /// <summary>How its worker was chosen; null when none was.</summary>
    internal JobPlacement? Placement { get; init; }

    /// <summary>The steps of the job.</summary>
    internal JobTimeline Timeline { get; init; } = JobTimeline.Empty;
}
