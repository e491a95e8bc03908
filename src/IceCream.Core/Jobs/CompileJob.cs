using System.Collections.Immutable;

namespace IceCream.Jobs;

/// <summary>Where the user wants a job to run (<c>ICECREAM_MODE</c>).</summary>
public enum JobMode
{
    /// <summary>Remote where possible, else on this machine.</summary>
    Auto = 0,

    /// <summary>On this machine.</summary>
    Local = 1,

    /// <summary>Remote. Only jobs that cannot leave run here; a farm failure is an error.</summary>
    Remote = 2,
}

/// <summary>How urgent the jobs of an agent are.</summary>
/// <remarks>Numbers are on the wire: append only, never reuse.</remarks>
public enum PriorityClass
{
    /// <summary>A person waits for the result.</summary>
    Interactive = 0,

    /// <summary>A machine waits. These jobs get a quarter of the share of interactive ones.</summary>
    Ci = 1,

    /// <summary>Nobody waits yet. These jobs get the capacity that the other classes leave.</summary>
    Ahead = 2,
}

/// <summary>A file that a job writes.</summary>
/// <param name="Path">Absolute, as the compiler opens it.</param>
/// <param name="Exists">Whether the file exists already. Compilers remove it after some failures and keep it after others.</param>
/// <param name="IsEmpty">Whether that file is empty: assemblers write into empty files, and replace others.</param>
public readonly record struct JobOutput(string Path, bool Exists, bool IsEmpty = false);

/// <summary>
/// One command of a build and all that is known of it: the central type of the system. The launcher fills in what it sees; each later stage that
/// learns something hands on a copy.
/// </summary>
public sealed record CompileJob
{
    private readonly Digest? _toolchain;
    private readonly IJobToolchain? _described;

    /// <summary>The command as typed, the program's name first. Every place that runs it runs it unmodified.</summary>
    public required ImmutableArray<string> CommandLine { get; init; }

    /// <summary>The absolute path of the program that the first word of <see cref="CommandLine"/> names.</summary>
    public required string Compiler { get; init; }

    /// <summary>The working directory, without symbolic links.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>The variables that can change what a compiler does, as <c>NAME=value</c>.</summary>
    public ImmutableArray<string> Environment { get; init; } = [];

    /// <summary>
    /// The variables that were set for the command and that <see cref="Environment"/> omits, as <c>NAME=value</c>; the name alone where the value is
    /// unknown.
    /// </summary>
    internal ImmutableArray<string> WithheldVariables { get; init; } = [];

    /// <summary>Whether the compiler is known to be a wrapper around another one. A wrapper may depend on any variable.</summary>
    internal bool IsWrapped { get; init; }

    /// <summary>
    /// Where flags of the command that mean this machine's processor have been replaced by what they mean: the files with further flags that the
    /// compiler's driver obeyed when it was asked for that. Null where nothing has been replaced.
    /// </summary>
    internal ImmutableArray<string>? SpeltOutBeside { get; init; }

    /// <summary>Told of a file with further flags that the driver did not obey when it was asked for that. Null where nobody wants to know.</summary>
    internal Action<string>? SpeltOutWithout { get; init; }

    /// <summary>The number of the group that files of the command belong to; null: that of this process.</summary>
    internal uint? Group { get; init; }

    /// <summary>The file mode creation mask of the command.</summary>
    public int Umask { get; init; } = 0b000_010_010;

    /// <summary>Whether the standard error is a terminal: compilers then colour their messages.</summary>
    public bool IsTerminal { get; init; }

    /// <summary>The user to whose share of the farm the job is charged.</summary>
    public string User { get; init; } = "";

    /// <summary>Where the user wants the job to run.</summary>
    public JobMode Mode { get; init; }

    /// <summary>
    /// The one source that the job compiles, as typed. Null when it compiles none or several, when its command line has not been parsed yet, and on a
    /// worker, which receives only the command line.
    /// </summary>
    public string? Source => Invocation?.Source;

    /// <summary>The parsed command line; null when it is not a compile that we support, and <see cref="LocalOnly"/> then says why.</summary>
    internal CompilerInvocation? Invocation { get; init; }

    /// <summary>The subject of the command; null until its arguments have been parsed.</summary>
    internal CommandSubject? Subject { get; init; }

    /// <summary>Why the job stays on this machine; null while it may leave.</summary>
    public LocalOnlyReason? LocalOnly { get; init; }

    /// <summary>The digest of the compiler's tree, which is itself a blob; null until it is known.</summary>
    public Digest? Toolchain
    {
        get => _toolchain;
        init => (_toolchain, _described) = (value, _described?.Digest == value ? _described : null);
    }

    /// <summary>
    /// The toolchain that <see cref="Toolchain"/> names, where it is available: at the origin after the toolchain was described, on a worker after it
    /// has arrived. The wire carries only the digest.
    /// </summary>
    internal IJobToolchain? Described
    {
        get => _described;
        init => (_described, _toolchain) = (value, value?.Digest ?? _toolchain);
    }

    /// <summary>The files that the compile reads, besides the toolchain; null until they are known.</summary>
    public FileTree? Inputs { get; init; }

    /// <summary>The digest of the lookups that the origin expects: when they match, the worker need not send them. Null when none are expected.</summary>
    internal Digest? ExpectedLookups { get; init; }

    /// <summary>The expected cost; null until it has been estimated.</summary>
    internal JobForecast? Forecast { get; init; }

    /// <summary>Files and folders that are inputs too, because an earlier attempt at the job looked for them: absolute paths.</summary>
    internal ImmutableArray<string> FurtherInputs { get; init; } = [];

    /// <summary>The user's wish about the result cache; null where the agent's own setting applies.</summary>
    internal CacheMode? Cache { get; init; }

    /// <summary>Tells whether the lookup lists of a digest are available here, so that a worker need not send them; null where nobody will ask for them.</summary>
    internal Func<Digest, bool>? KnowsLookups { get; init; }

    /// <summary>Whether a worker may publish the result to the shared cache: the job has a cache key, and its user allows results to be stored.</summary>
    internal bool SharesResult { get; init; }

    /// <summary>Tells whether a client still waits for the job at this moment; null where only cancellation tells.</summary>
    internal Func<bool>? IsAwaited { get; init; }

    /// <summary>The launcher, which can become the compiler; null where the job did not come from a launcher.</summary>
    internal IJobLauncher? Launcher { get; init; }

    /// <summary>Provides what this machine lacks for the job; null at the origin.</summary>
    internal IJobOrigin? Origin { get; init; }

    /// <summary>Receives the job's progress; null where nobody watches it.</summary>
    internal IJobProgress? Progress { get; init; }

    /// <summary>The files that the job may write.</summary>
    public ImmutableArray<JobOutput> Outputs { get; init; } = [];

    /// <summary>The steps so far.</summary>
    internal JobTimeline Timeline { get; init; } = JobTimeline.Empty;
}
