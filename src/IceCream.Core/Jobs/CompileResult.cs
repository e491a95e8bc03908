using System.Collections.Immutable;

namespace IceCream.Jobs;

/// <summary>Where a job was done.</summary>
/// <remarks>Numbers are in statistics: append only, never reuse.</remarks>
public enum JobPlace
{
    /// <summary>On a worker.</summary>
    Remote = 1,

    /// <summary>On the submitting machine.</summary>
    Local = 2,

    /// <summary>Not at all: its result was known.</summary>
    Cached = 3,

    /// <summary>Together with an equal job that was under way.</summary>
    Joined = 4,

    /// <summary>Nowhere: the farm failed and it was not to run here.</summary>
    Failed = 5,

    /// <summary>Nowhere to its end: whoever asked for it left, or interrupted it.</summary>
    Cancelled = 6,
}

/// <summary>A file that a compile wrote.</summary>
/// <param name="Path">Absolute, as the compiler opened it.</param>
/// <param name="Mode">Its permission bits.</param>
/// <param name="Content">Its bytes.</param>
/// <param name="IsRewritten">Whether the file that lay there was opened and written anew, and so kept its owner, its rights and its other names; else it was replaced.</param>
public sealed record OutputFile(string Path, int Mode, OutputContent Content, bool IsRewritten = false);

/// <summary>What became of a job. A compile that failed is a result too: its exit code says so.</summary>
public sealed record CompileResult
{
    /// <summary>Where it was done.</summary>
    public required JobPlace Place { get; init; }

    /// <summary>The compiler's exit code; 128 + signal when a signal ended it.</summary>
    public int ExitCode { get; init; }

    /// <summary>Whether <see cref="ExitCode"/> is known: the launcher that became the compiler cannot always be asked how it ended.</summary>
    internal bool IsExitKnown { get; init; } = true;

    /// <summary>The signal that ended the compiler; 0 when it exited by itself.</summary>
    public int Signal { get; init; }

    /// <summary>What it wrote to its standard output.</summary>
    public ReadOnlyMemory<byte> StandardOutput { get; init; }

    /// <summary>What it wrote to its standard error.</summary>
    public ReadOnlyMemory<byte> StandardError { get; init; }

    /// <summary>The files it wrote.</summary>
    public ImmutableArray<OutputFile> Outputs { get; init; } = [];

    /// <summary>Files that lay there before and that it removed.</summary>
    public ImmutableArray<string> Removed { get; init; } = [];

    /// <summary>What the compile was seen to look for; null when nobody looked.</summary>
    public ObservedLookups? Lookups { get; init; }

    /// <summary>Whether it was done on the submitting machine, in the way of a worker: there is more to be told of it than of one that the compiler did alone.</summary>
    internal bool IsHere { get; init; }

    /// <summary>Whether its worker tells it to those who share results.</summary>
    internal bool IsShared { get; init; }

    /// <summary>What exists at the origin and was looked for in vain: the result is none until the job has been done again with it.</summary>
    internal ImmutableArray<string> Missing { get; init; } = [];

    /// <summary>The world in which the compile was seen, where that has been compared with this one and found to be the same; null otherwise.</summary>
    internal ObservedInputs? Observed { get; init; }

    /// <summary>What the compile used of its worker; null when that is not known.</summary>
    internal JobUsage? Usage { get; init; }

    /// <summary>Which of its worker's slots it had, from 1; 0 when that is not known.</summary>
    internal int Slot { get; init; }

    /// <summary>How its worker was chosen; null when none was.</summary>
    internal JobPlacement? Placement { get; init; }

    /// <summary>The worker's name; empty when it ran here.</summary>
    public string Worker { get; init; } = "";

    /// <summary>Why it did not run remotely; null when it did.</summary>
    public LocalOnlyReason? LocalOnly { get; init; }

    /// <summary>How the farm failed; null when it did not.</summary>
    public JobFailure? Failure { get; init; }

    /// <summary>The road.</summary>
    internal JobTimeline Timeline { get; init; } = JobTimeline.Empty;

    /// <summary>Whether there is a result of the compiler: not a failure of the farm.</summary>
    public bool IsCompilers => Failure is null && Place is not (JobPlace.Failed or JobPlace.Cancelled);

    /// <summary>The result is of no use: its files give their room back.</summary>
    internal void Discard()
    {
        foreach (OutputFile output in Outputs)
        {
            output.Content.Dispose();
        }
    }

    /// <summary>No result yet: on the way it was found that the job cannot leave its machine.</summary>
    /// <param name="reason">Why it cannot.</param>
    public static CompileResult Stays(LocalOnlyReason reason) => Stays(reason, null);

    /// <summary>The same, with the road so far.</summary>
    internal static CompileResult Stays(LocalOnlyReason reason, JobTimeline? timeline) =>
        new() { Place = JobPlace.Failed, LocalOnly = reason, ExitCode = 1, Timeline = timeline ?? JobTimeline.Empty };

    /// <summary>A result that says how the farm failed.</summary>
    /// <param name="failure">How.</param>
    public static CompileResult Failed(JobFailure failure) => Failed(failure, null);

    /// <summary>The same, with the road so far.</summary>
    internal static CompileResult Failed(JobFailure failure, JobTimeline? timeline) =>
        new() { Place = JobPlace.Failed, Failure = failure, ExitCode = 1, Timeline = timeline ?? JobTimeline.Empty };
}
