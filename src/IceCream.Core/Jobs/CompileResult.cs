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

    /// <summary>Nowhere: its result came from the cache.</summary>
    Cached = 3,

    /// <summary>Together with an equal job that was in progress.</summary>
    Joined = 4,

    /// <summary>Nowhere: the farm failed and the job was not to run here.</summary>
    Failed = 5,

    /// <summary>Not to its end: the client left or interrupted it.</summary>
    Cancelled = 6,
}

/// <summary>A file that a compile wrote.</summary>
/// <param name="Path">Absolute, as the compiler opened it.</param>
/// <param name="Mode">Its permission bits.</param>
/// <param name="Content">Its bytes.</param>
/// <param name="IsRewritten">
/// Whether the compiler opened the existing file and rewrote it, so that it kept its owner, its permissions and its other hard links; else the file
/// was replaced.
/// </param>
public sealed record OutputFile(string Path, int Mode, OutputContent Content, bool IsRewritten = false);

/// <summary>The outcome of a job. A failed compile is a result too: the exit code says so.</summary>
public sealed record CompileResult
{
    /// <summary>Where it was done.</summary>
    public required JobPlace Place { get; init; }

    /// <summary>The compiler's exit code; 128 + signal when a signal ended it.</summary>
    public int ExitCode { get; init; }

    /// <summary>Whether <see cref="ExitCode"/> is known: how the compiler ended cannot always be learned when the launcher became the compiler.</summary>
    internal bool IsExitKnown { get; init; } = true;

    /// <summary>The signal that ended the compiler; 0 when it exited by itself.</summary>
    public int Signal { get; init; }

    /// <summary>The bytes that the compiler wrote to its standard output.</summary>
    public ReadOnlyMemory<byte> StandardOutput { get; init; }

    /// <summary>The bytes that the compiler wrote to its standard error.</summary>
    public ReadOnlyMemory<byte> StandardError { get; init; }

    /// <summary>The files it wrote.</summary>
    public ImmutableArray<OutputFile> Outputs { get; init; } = [];

    /// <summary>Existing files that the compiler removed.</summary>
    public ImmutableArray<string> Removed { get; init; } = [];

    /// <summary>The lookups that were observed during the compile; null when it was not observed.</summary>
    public ObservedLookups? Lookups { get; init; }

    /// <summary>Whether the job ran on the submitting machine in the way of a worker: more is known of such a run than of one by the compiler alone.</summary>
    internal bool IsHere { get; init; }

    /// <summary>Whether the worker publishes the result to the shared cache.</summary>
    internal bool IsShared { get; init; }

    /// <summary>Paths that exist at the origin and that the compile looked for in vain. The result is invalid until the job has been repeated with them.</summary>
    internal ImmutableArray<string> Missing { get; init; } = [];

    /// <summary>The inputs under which the compile was observed, when they were compared with this machine's and found equal; null otherwise.</summary>
    internal ObservedInputs? Observed { get; init; }

    /// <summary>The resources that the compile used on its worker; null when that is unknown.</summary>
    internal JobUsage? Usage { get; init; }

    /// <summary>The worker's slot that the job used, from 1; 0 when that is unknown.</summary>
    internal int Slot { get; init; }

    /// <summary>How its worker was chosen; null when none was.</summary>
    internal JobPlacement? Placement { get; init; }

    /// <summary>The worker's name; empty when it ran here.</summary>
    public string Worker { get; init; } = "";

    /// <summary>Why it did not run remotely; null when it did.</summary>
    public LocalOnlyReason? LocalOnly { get; init; }

    /// <summary>How the farm failed; null when it did not.</summary>
    public JobFailure? Failure { get; init; }

    /// <summary>The steps of the job.</summary>
    internal JobTimeline Timeline { get; init; } = JobTimeline.Empty;

    /// <summary>Whether the result comes from the compiler and not from a failure of the farm.</summary>
    public bool IsCompilers => Failure is null && Place is not (JobPlace.Failed or JobPlace.Cancelled);

    /// <summary>Releases the storage of the outputs of a result that is not used.</summary>
    internal void Discard()
    {
        foreach (OutputFile output in Outputs)
        {
            output.Content.Dispose();
        }
    }

    /// <summary>A result for a job that was found to be unable to leave its machine.</summary>
    /// <param name="reason">Why it cannot.</param>
    public static CompileResult Stays(LocalOnlyReason reason) => Stays(reason, null);

    /// <summary>The same, with the steps so far.</summary>
    internal static CompileResult Stays(LocalOnlyReason reason, JobTimeline? timeline) =>
        new() { Place = JobPlace.Failed, LocalOnly = reason, ExitCode = 1, Timeline = timeline ?? JobTimeline.Empty };

    /// <summary>A result that reports a failure of the farm.</summary>
    /// <param name="failure">The failure.</param>
    public static CompileResult Failed(JobFailure failure) => Failed(failure, null);

    /// <summary>The same, with the steps so far.</summary>
    internal static CompileResult Failed(JobFailure failure, JobTimeline? timeline) =>
        new() { Place = JobPlace.Failed, Failure = failure, ExitCode = 1, Timeline = timeline ?? JobTimeline.Empty };
}
