namespace IceCream.Jobs;

/// <summary>Why a command ran on its own machine. Each value is also a counter.</summary>
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

    /// <summary>A flag whose effect depends on this machine or this run.</summary>
    LocalFlag = 6,

    /// <summary>A response file that cannot be read or nests too deeply.</summary>
    ResponseFile = 7,

    /// <summary>A precompiled header is made or used.</summary>
    PrecompiledHeader = 8,

    /// <summary>C++ or Clang modules are used.</summary>
    Modules = 9,

    /// <summary>The language of the source is unknown or not supported.</summary>
    Language = 10,

    /// <summary>The program is not a known compiler, or it is another wrapper.</summary>
    UnknownCompiler = 11,

    /// <summary>An output that is not an ordinary file, or whose folder cannot hold one.</summary>
    Output = 12,

    /// <summary>The toolchain could not be described: querying the compiler failed, or some of its files cannot be read.</summary>
    Toolchain = 13,

    /// <summary>The inputs could not be determined. The compiler runs here and reports its own error.</summary>
    Inputs = 14,

    /// <summary>The user asked for it (<c>ICECREAM_MODE=local</c>).</summary>
    Requested = 15,

    /// <summary>There is no farm: the scheduler is unreachable, or no worker fits.</summary>
    NoFarm = 16,

    /// <summary>The farm failed on the job; <see cref="JobFailure"/> says how.</summary>
    FarmFailure = 17,

    /// <summary>A remote compile failed in a way that may be the farm's fault. It is repeated here before the failure is reported.</summary>
    Confirmation = 18,

    /// <summary>The job has more bytes or files than may be sent.</summary>
    TooLarge = 19,

    /// <summary>The agent could not understand the request: it has another version, is damaged, or exceeds a limit.</summary>
    Refused = 20,

    /// <summary>The launcher sees other files than the agent: it runs in another mount namespace, or below another root.</summary>
    OtherFiles = 21,

    /// <summary>An input or output is a pipe, a socket or a device.</summary>
    Stream = 22,

    /// <summary>A worker cannot provide the working directory to a compiler.</summary>
    WorkingDirectory = 23,

    /// <summary>A worker observed that the compile depends on something that is not sent.</summary>
    Lookups = 24,

    /// <summary>It reads a file that must not leave this machine.</summary>
    PrivateFile = 25,

    /// <summary>An idle core of this machine finished the job before the farm would have.</summary>
    Sooner = 26,
}

/// <summary>Why a command runs on its own machine.</summary>
/// <param name="Kind">The reason's class and counter.</param>
/// <param name="Detail">The flag, file or program concerned; empty when the class says all.</param>
public sealed record LocalOnlyReason(LocalOnlyKind Kind, string Detail = "")
{
    /// <summary>The effect of <see cref="Detail"/>, as the predicate of a sentence whose subject is the detail; null where the class has its own sentence.</summary>
    internal string? Effect { get; init; }

    /// <summary>There is no farm for any job now.</summary>
    /// <param name="detail">Why, for people.</param>
    internal static LocalOnlyReason NoFarm(string detail) => new(LocalOnlyKind.NoFarm, detail);

    /// <summary>Whether both are the same reason, regardless of its wording.</summary>
    public bool Equals(LocalOnlyReason? other) => other is not null && Kind == other.Kind && Detail == other.Detail;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Kind, Detail);

    /// <summary>For people: a sentence without its full stop, such as <c>-fplugin=x loads a plugin, which may read and write what it likes</c>.</summary>
    public override string ToString() => LocalOnlySentences.Of(this);
}
