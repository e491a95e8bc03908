using System.Collections.Immutable;
using IceCream.Jobs;

namespace IceCream.Caching;

/// <summary>A file that a known compile wrote.</summary>
/// <param name="Index">Its place in the job's list of outputs.</param>
/// <param name="Mode">Its permission bits.</param>
/// <param name="IsNew">Whether the compile made the file: then these are the bits that it gives a new one. Else it wrote into one that had them.</param>
/// <param name="Content">Its bytes.</param>
/// <param name="Length">How many.</param>
internal readonly record struct KnownOutput(int Index, int Mode, bool IsNew, Digest Content, long Length);

/// <summary>What a command came to with one set of inputs.</summary>
internal sealed record KnownResult
{
    /// <summary>The compiler's tree.</summary>
    public required Digest Toolchain { get; init; }

    /// <summary>The files that it was given: a blob.</summary>
    public required Digest Tree { get; init; }

    /// <summary>What it looked for: a blob.</summary>
    public required Digest Lookups { get; init; }

    /// <summary>What it wrote.</summary>
    public ImmutableArray<KnownOutput> Outputs { get; init; } = [];

    /// <summary>What it said: a blob.</summary>
    public required Digest StandardOutput { get; init; }

    /// <summary>What it complained of: a blob.</summary>
    public required Digest StandardError { get; init; }

    /// <summary>How long the compiler took.</summary>
    public TimeSpan Cost { get; init; }

    /// <summary>Who compiled it.</summary>
    public string Worker { get; init; } = "";

    /// <summary>When it was kept.</summary>
    public DateTimeOffset Kept { get; init; }

    /// <summary>Why it had not been known before: a sentence for people.</summary>
    public string Missed { get; init; } = "";

    /// <summary>How long a result's compiler took.</summary>
    public static TimeSpan CostOf(CompileResult result) => result.Timeline.Stretches.Where(static stretch => stretch.Step == JobStep.Compile)
        .Aggregate(TimeSpan.Zero, static (sum, stretch) => sum + stretch.Duration);

    /// <summary>All blobs that it names.</summary>
    public ImmutableArray<Digest> Blobs() => [Tree, Lookups, StandardOutput, StandardError, .. Outputs.Select(static output => output.Content)];

    /// <summary>Whether it is about the same inputs.</summary>
    public bool HasInputsOf(KnownResult other) => (Toolchain, Tree, Lookups) == (other.Toolchain, other.Tree, other.Lookups);

    /// <summary>Whether it has the same outcome, byte for byte.</summary>
    public bool IsSameOutcome(KnownResult other) =>
        StandardOutput == other.StandardOutput && StandardError == other.StandardError && Outputs.Length == other.Outputs.Length
        && Outputs.Zip(other.Outputs).All(static pair => (pair.First.Index, pair.First.Content) == (pair.Second.Index, pair.Second.Content)
            && (pair.First.Mode == pair.Second.Mode || !pair.First.IsNew || !pair.Second.IsNew));
}

/// <summary>All that is known of one command: what it came to, by the inputs that it found.</summary>
internal sealed record CommandRecord
{
    /// <summary>So many sets of inputs are kept of a command.</summary>
    public const int MostResults = 24;

    /// <summary>What the command is, for people: its source, where it was typed, its words and variables.</summary>
    public KnownCommand? Command { get; init; }

    /// <summary>The results, the latest first.</summary>
    public ImmutableArray<KnownResult> Results { get; init; } = [];

    /// <summary>The same with one result more, in the place of that for the same inputs.</summary>
    public CommandRecord With(KnownResult result)
    {
        KnownResult? former = Results.FirstOrDefault(result.HasInputsOf);
        if (former is not null && former.IsSameOutcome(result))
        {
            // What is known of how files are made stays known.
            result = result with { Outputs = [.. result.Outputs.Zip(former.Outputs, static (now, before) => now.IsNew ? now : before.IsNew ? before : now)] };
        }

        return this with { Results = [result, .. Results.Where(other => !result.HasInputsOf(other)).Take(MostResults - 1)] };
    }

    /// <summary>The same without one result.</summary>
    public CommandRecord Without(KnownResult result) => this with { Results = Results.Remove(result) };

    /// <summary>The bits of a new file at an output's place, where any compile of the command was seen to make one.</summary>
    public int? ModeOfNew(int index) => Results.SelectMany(static result => result.Outputs)
        .Where(output => output.Index == index && output.IsNew).Select(static output => (int?)output.Mode).FirstOrDefault();
}

/// <summary>A command in words.</summary>
/// <param name="Source">The source, absolute.</param>
/// <param name="Compiler">The compiler's path.</param>
/// <param name="Directory">Where it was typed.</param>
/// <param name="Words">Its words.</param>
/// <param name="Environment">Its variables.</param>
/// <param name="Umask">Its mask.</param>
/// <param name="IsTerminal">Whether it speaks to a terminal.</param>
internal sealed record KnownCommand(
    string Source, string Compiler, string Directory, ImmutableArray<string> Words, ImmutableArray<string> Environment, int Umask, bool IsTerminal)
{
    public static KnownCommand Of(CompileJob job) => new(
        Path.GetFullPath(job.Invocation!.Source, job.WorkingDirectory), job.Compiler, job.WorkingDirectory, job.CommandLine, job.Environment, job.Umask, job.IsTerminal);
}
