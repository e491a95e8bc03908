namespace IceCream.Jobs;

/// <summary>Why a command was left to its own machine. Each value is also a counter.</summary>
/// <remarks>Numbers are on the wire and in statistics: append only, never reuse.</remarks>
public enum LocalOnlyKind
{
    /// <summary>The command does not compile: it links, or prints something.</summary>
    NotACompile = 1,

    /// <summary>Stops after preprocessing (<c>-E</c>, <c>-M</c> alone).</summary>
    PreprocessOnly = 2,

    /// <summary>More than one source.</summary>
    SeveralSources = 3,

    /// <summary>The source, or another input, is the standard input.</summary>
    StandardInput = 4,

    /// <summary>A flag that the table does not know.</summary>
    UnknownFlag = 5,

    /// <summary>A flag whose effect is bound to this machine or this run.</summary>
    LocalFlag = 6,

    /// <summary>A response file that cannot be read or nests too deeply.</summary>
    ResponseFile = 7,

    /// <summary>A precompiled header is made or used.</summary>
    PrecompiledHeader = 8,

    /// <summary>C++ or Clang modules are used.</summary>
    Modules = 9,

    /// <summary>The language of the source is unknown or not one of ours.</summary>
    Language = 10,

    /// <summary>The program is no compiler that is known here, or it is another wrapper.</summary>
    UnknownCompiler = 11,

    /// <summary>An output that is not an ordinary file, or lies where none can be made.</summary>
    Output = 12,

    /// <summary>The compiler could not be described: asking it failed, or files of it cannot be read.</summary>
    Toolchain = 13,

    /// <summary>The inputs could not be found out; the compiler's own words follow from running it here.</summary>
    Inputs = 14,

    /// <summary>The user asked for it (<c>ICECREAM_MODE=local</c>).</summary>
    Requested = 15,

    /// <summary>No farm: the scheduler is out of reach, or no worker fits.</summary>
    NoFarm = 16,

    /// <summary>The farm failed at the job; <see cref="JobFailure"/> says how.</summary>
    FarmFailure = 17,

    /// <summary>A remote compile failed in a way that may be the farm's fault, and is tried here before anybody is told.</summary>
    Confirmation = 18,

    /// <summary>The job carries more bytes or files than may travel.</summary>
    TooLarge = 19,

    /// <summary>The agent could not understand the request: another version, something damaged, or more than it takes.</summary>
    Refused = 20,

    /// <summary>The launcher sees other files than the agent: it runs in another mount namespace, or below another root.</summary>
    OtherFiles = 21,

    /// <summary>Something that it reads or writes is a pipe, a socket or a device.</summary>
    Stream = 22,

    /// <summary>The working directory is one that a worker cannot give a compiler.</summary>
    WorkingDirectory = 23,

    /// <summary>It was seen on a worker that the compile depends on what does not travel.</summary>
    Lookups = 24,

    /// <summary>It reads a file that must not leave this machine.</summary>
    PrivateFile = 25,

    /// <summary>A core of this machine was idle, and did it sooner than the farm would have.</summary>
    Sooner = 26,
}

/// <summary>Why a command runs on its own machine.</summary>
/// <param name="Kind">The reason's class and counter.</param>
/// <param name="Detail">The flag, file or program it is about; empty when the class says all.</param>
public sealed record LocalOnlyReason(LocalOnlyKind Kind, string Detail = "")
{
    /// <summary>What <see cref="Detail"/> does, as the rest of a sentence that begins with it; null where the class knows the sentence.</summary>
    internal string? Effect { get; init; }

    /// <summary>Whether it is the same reason, in whatever words it is told.</summary>
    public bool Equals(LocalOnlyReason? other) => other is not null && Kind == other.Kind && Detail == other.Detail;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Kind, Detail);

    /// <summary>For people: a sentence without its full stop, such as <c>-fplugin=x loads a plugin, which may read and write what it likes</c>.</summary>
    public override string ToString() => LocalOnlySentences.Of(this);
}
