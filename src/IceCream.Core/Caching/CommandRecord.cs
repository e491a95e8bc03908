using System.Collections.Immutable;
using IceCream.Jobs;

namespace IceCream.Caching;

/// <summary>An output file of a cached compile.</summary>
/// <param name="Index">Its index in the job's list of outputs.</param>
/// <param name="Mode">Its permission bits.</param>
/// <param name="IsNew">Whether the compile created the file: then the permission bits are those of a new file. Otherwise it wrote into a file that had them.</param>
/// <param name="Content">The digest of its content.</param>
/// <param name="Length">Its length in bytes.</param>
internal readonly record struct KnownOutput(int Index, int Mode, bool IsNew, Digest Content, long Length);

/// <summary>The result of a command with one set of inputs.</summary>
internal sealed record KnownResult
{
    /// <summary>The digest of the toolchain.</summary>
    public required Digest Toolchain { get; init; }

    /// <summary>The input files: the digest of a blob.</summary>
    public required Digest Tree { get; init; }

    /// <summary>The lookups: the digest of a blob.</summary>
    public required Digest Lookups { get; init; }

    /// <summary>The output files.</summary>
    public ImmutableArray<KnownOutput> Outputs { get; init; } = [];

    /// <summary>The standard output: the digest of a blob.</summary>
    public required Digest StandardOutput { get; init; }

    /// <summary>The standard error: the digest of a blob.</summary>
    public required Digest StandardError { get; init; }

    /// <summary>How long the compiler ran.</summary>
    public TimeSpan Cost { get; init; }

    /// <summary>The worker that compiled it.</summary>
    public string Worker { get; init; } = "";

    /// <summary>When it was stored.</summary>
    public DateTimeOffset Kept { get; init; }

    /// <summary>The cause of the cache miss that led to it: a sentence for people.</summary>
    public string Missed { get; init; } = "";

    /// <summary>How long the compiler ran for a result.</summary>
    public static TimeSpan CostOf(CompileResult result) => result.Timeline.Stretches.Where(static stretch => stretch.Step == JobStep.Compile)
        .Aggregate(TimeSpan.Zero, static (sum, stretch) => sum + stretch.Duration);

    /// <summary>All blobs that it names.</summary>
    public ImmutableArray<Digest> Blobs() => [Tree, Lookups, StandardOutput, StandardError, .. Outputs.Select(static output => output.Content)];

    /// <summary>Whether it has the same inputs.</summary>
    public bool HasInputsOf(KnownResult other) => (Toolchain, Tree, Lookups) == (other.Toolchain, other.Tree, other.Lookups);

    /// <summary>Whether it has the same outcome, byte for byte.</summary>
    public bool IsSameOutcome(KnownResult other) =>
        StandardOutput == other.StandardOutput && StandardError == other.StandardError && Outputs.Length == other.Outputs.Length
        && Outputs.Zip(other.Outputs).All(static pair => (pair.First.Index, pair.First.Content) == (pair.Second.Index, pair.Second.Content)
            && (pair.First.Mode == pair.Second.Mode || !pair.First.IsNew || !pair.Second.IsNew));
}

/// <summary>All cached results of one command, by their inputs.</summary>
internal sealed record CommandRecord
{
    /// <summary>The most input sets that are kept of a command.</summary>
    public const int MostResults = 24;

    /// <summary>The command for people: its source, directory, arguments and variables.</summary>
    public KnownCommand? Command { get; init; }

    /// <summary>The results, the latest first.</summary>
    public ImmutableArray<KnownResult> Results { get; init; } = [];

    /// <summary>The record with a new result, which replaces one with the same inputs.</summary>
    public CommandRecord With(KnownResult result)
    {
        KnownResult? former = Results.FirstOrDefault(result.HasInputsOf);
        if (former is not null && former.IsSameOutcome(result))
        {
            // Keeps the mode bits that are known from a compile that created the file.
            result = result with { Outputs = [.. result.Outputs.Zip(former.Outputs, static (now, before) => now.IsNew ? now : before.IsNew ? before : now)] };
        }

        return this with { Results = [result, .. Results.Where(other => !result.HasInputsOf(other)).Take(MostResults - 1)] };
    }

    /// <summary>The record without one result.</summary>
    public CommandRecord Without(KnownResult result) => this with { Results = Results.Remove(result) };

    /// <summary>The permission bits of a new file for an output, if any compile of the command was seen to create it.</summary>
    public int? ModeOfNew(int index) => Results.SelectMany(static result => result.Outputs)
        .Where(output => output.Index == index && output.IsNew).Select(static output => (int?)output.Mode).FirstOrDefault();
}

/// <summary>A command, for people.</summary>
/// <param name="Source">The source, absolute.</param>
/// <param name="Compiler">The compiler's path.</param>
/// <param name="Directory">The working directory.</param>
/// <param name="Words">Its arguments.</param>
/// <param name="Environment">Its variables.</param>
/// <param name="Umask">Its file mode creation mask.</param>
/// <param name="IsTerminal">Whether its standard error is a terminal.</param>
internal sealed record KnownCommand(
    string Source, string Compiler, string Directory, ImmutableArray<string> Words, ImmutableArray<string> Environment, int Umask, bool IsTerminal)
{
    public static KnownCommand Of(CompileJob job) => new(
        Path.GetFullPath(job.Invocation!.Source, job.WorkingDirectory), job.Compiler, job.WorkingDirectory, job.CommandLine, job.Environment, job.Umask, job.IsTerminal);
}
