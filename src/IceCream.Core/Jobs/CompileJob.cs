using System.Collections.Immutable;

namespace IceCream.Jobs;

/// <summary>Whether a job may stay on its machine, by its user's wish (<c>ICECREAM_MODE</c>).</summary>
public enum JobMode
{
    /// <summary>Remote where possible, else here.</summary>
    Auto = 0,

    /// <summary>Here.</summary>
    Local = 1,

    /// <summary>Remote; here only what cannot leave. A farm that fails is an error.</summary>
    Remote = 2,
}

/// <summary>How soon somebody wants the jobs of an agent to be done.</summary>
/// <remarks>Numbers are on the wire: append only, never reuse.</remarks>
public enum PriorityClass
{
    /// <summary>Somebody sits and waits.</summary>
    Interactive = 0,

    /// <summary>A machine waits: a quarter of what somebody gets who sits and waits.</summary>
    Ci = 1,

    /// <summary>Nobody waits yet: what the others leave.</summary>
    Ahead = 2,
}

/// <summary>A file that a job writes.</summary>
/// <param name="Path">Absolute, as the compiler opens it.</param>
/// <param name="Exists">Whether such a file lies there already. Compilers remove it after some failures and keep it after others.</param>
/// <param name="IsEmpty">Whether that file is empty: assemblers write into empty ones, and replace others.</param>
public readonly record struct JobOutput(string Path, bool Exists, bool IsEmpty = false);

/// <summary>
/// One command of a build and all that is known of it: the noun of the system. It starts as what the launcher saw; every wrapper that
/// learns something hands on a copy.
/// </summary>
public sealed record CompileJob
{
    private readonly Digest? _toolchain;
    private readonly IJobToolchain? _described;

    /// <summary>The command as typed, the program's name first. It is run unmodified wherever it runs.</summary>
    public required ImmutableArray<string> CommandLine { get; init; }

    /// <summary>The absolute path of the program that the first word of <see cref="CommandLine"/> names.</summary>
    public required string Compiler { get; init; }

    /// <summary>The working directory, without symbolic links.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>The variables that can change what a compiler does, as <c>NAME=value</c>.</summary>
    public ImmutableArray<string> Environment { get; init; } = [];

    /// <summary>
    /// The variables that are set where the command was typed and that <see cref="Environment"/> leaves out, as <c>NAME=value</c>; the name alone
    /// where the value cannot be told.
    /// </summary>
    internal ImmutableArray<string> WithheldVariables { get; init; } = [];

    /// <summary>Whether the compiler is known to be a wrapper around another, which may obey any variable.</summary>
    internal bool IsWrapped { get; init; }

    /// <summary>The file mode creation mask of the command.</summary>
    public int Umask { get; init; } = 0b000_010_010;

    /// <summary>Whether the standard error is a terminal: there, compilers colour what they say.</summary>
    public bool IsTerminal { get; init; }

    /// <summary>Who gets the share of the farm that the job uses.</summary>
    public string User { get; init; } = "";

    /// <summary>The user's wish about where it runs.</summary>
    public JobMode Mode { get; init; }

    /// <summary>The one source that it compiles, as typed; null where it does not compile just one, where its line has not been read yet, and on a worker, which is told no more than the line.</summary>
    public string? Source => Invocation?.Source;

    /// <summary>What the command line means; null when it is no compile of ours, and <see cref="LocalOnly"/> says why.</summary>
    internal CompilerInvocation? Invocation { get; init; }

    /// <summary>What the command is about; null until its words have been read.</summary>
    internal CommandSubject? Subject { get; init; }

    /// <summary>Why the job stays here; null while it may leave.</summary>
    public LocalOnlyReason? LocalOnly { get; init; }

    /// <summary>The digest of the compiler's tree, itself a blob; null until it is known.</summary>
    public Digest? Toolchain
    {
        get => _toolchain;
        init => (_toolchain, _described) = (value, _described?.Digest == value ? _described : null);
    }

    /// <summary>What <see cref="Toolchain"/> names, where it is at hand: at the origin once it has been described, on a worker once it has come. On the wire there is the name only.</summary>
    internal IJobToolchain? Described
    {
        get => _described;
        init => (_described, _toolchain) = (value, value?.Digest ?? _toolchain);
    }

    /// <summary>The files that the compile reads, besides the toolchain; null until they are known.</summary>
    public FileTree? Inputs { get; init; }

    /// <summary>What the origin expects it to look for, by digest: then the answer need not travel. Null when nothing is expected.</summary>
    internal Digest? ExpectedLookups { get; init; }

    /// <summary>What it is expected to cost; null until somebody has thought of it.</summary>
    internal JobForecast? Forecast { get; init; }

    /// <summary>Files and folders that are inputs too, as an earlier attempt at the job has shown: absolute paths.</summary>
    internal ImmutableArray<string> FurtherInputs { get; init; } = [];

    /// <summary>The user's wish about results that are known already; null where the agent's own counts.</summary>
    internal CacheMode? Cache { get; init; }

    /// <summary>Tells whether the lists of that name are at hand, so that a worker need not send them; null where nobody will ask for them.</summary>
    internal Func<Digest, bool>? KnowsLookups { get; init; }

    /// <summary>Whether a worker may tell its result to those who share results with it: it has a key, and its user lets results be kept.</summary>
    internal bool SharesResult { get; init; }

    /// <summary>Tells at this very moment whether somebody still waits for the job; null where only cancellation tells.</summary>
    internal Func<bool>? IsAwaited { get; init; }

    /// <summary>Who can become the compiler; null where no launcher brought it.</summary>
    internal IJobLauncher? Launcher { get; init; }

    /// <summary>Who has what this machine lacks for it; null at its origin.</summary>
    internal IJobOrigin? Origin { get; init; }

    /// <summary>Is told where the job is on its road; null where nobody wants to know.</summary>
    internal IJobProgress? Progress { get; init; }

    /// <summary>The files that it may write.</summary>
    public ImmutableArray<JobOutput> Outputs { get; init; } = [];

    /// <summary>The road so far.</summary>
    internal JobTimeline Timeline { get; init; } = JobTimeline.Empty;
}
