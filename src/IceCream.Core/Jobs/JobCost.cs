namespace IceCream.Jobs;

/// <summary>Under what a job's cost is remembered: its very command, and the commands like it.</summary>
/// <param name="Command">The same folder, program and words.</param>
/// <param name="Group">The same project and language.</param>
internal readonly record struct CostKeys(ulong Command, ulong Group);

/// <summary>What a command costs, or the commands of a group on average, as somebody has learned it.</summary>
/// <param name="Key">Its number.</param>
/// <param name="IsGroup">Whether it is that of a group.</param>
/// <param name="Seconds">How long such a compile takes on an average worker.</param>
/// <param name="PeakMemory">The most memory that it was seen to take, in bytes; 0: unknown.</param>
internal readonly record struct KnownCost(ulong Key, bool IsGroup, double Seconds, long PeakMemory)
{
    /// <summary>How many are told at once: they fit into one message to a scheduler.</summary>
    public const int MostTold = 2048;
}

/// <summary>What a compile used of its worker.</summary>
/// <param name="Cpu">Time on processors, of all its programs; zero when nobody saw it.</param>
/// <param name="Wall">From the compiler's start to its end.</param>
/// <param name="PeakMemory">The most that one of its programs held in memory, in bytes; 0 when nobody saw it.</param>
internal readonly record struct JobUsage(TimeSpan Cpu, TimeSpan Wall, long PeakMemory);

/// <summary>What a job is expected to cost.</summary>
/// <param name="Keys">Under what its cost is remembered.</param>
/// <param name="Seconds">How long its compile takes on an average worker.</param>
/// <param name="PeakMemory">How much memory it takes, in bytes; 0 when nothing is known.</param>
/// <param name="Basis">What is known of it.</param>
internal sealed record JobForecast(CostKeys Keys, double Seconds, long PeakMemory, ForecastBasis Basis);

/// <summary>What a forecast is made from.</summary>
/// <remarks>Numbers are in files and on the wire: append only, never reuse.</remarks>
internal enum ForecastBasis
{
    /// <summary>Nothing like it is known.</summary>
    Default = 0,

    /// <summary>Other commands of its project and language.</summary>
    Group = 1,

    /// <summary>The same command, done before.</summary>
    Command = 2,
}

/// <summary>What a worker tells of a job that has ended.</summary>
internal sealed record CostReport
{
    /// <summary>The lease under which it was done.</summary>
    public required long Lease { get; init; }

    /// <summary>Under what its cost is remembered.</summary>
    public required CostKeys Keys { get; init; }

    /// <summary>How it ended.</summary>
    public required JobOutcome Outcome { get; init; }

    /// <summary>What the compile used.</summary>
    public JobUsage Usage { get; init; }

    /// <summary>How long its inputs were waited for.</summary>
    public TimeSpan Fetch { get; init; }

    /// <summary>Bytes that came for it.</summary>
    public long BytesIn { get; init; }

    /// <summary>Bytes of its outputs.</summary>
    public long BytesOut { get; init; }

    /// <summary>How many jobs the worker did at its end, itself included: 1 or more.</summary>
    public int Running { get; init; } = 1;
}

/// <summary>How a job ended on its worker.</summary>
/// <remarks>Numbers are on the wire: append only, never reuse.</remarks>
internal enum JobOutcome
{
    /// <summary>The compiler ended well.</summary>
    Compiled = 1,

    /// <summary>The compiler refused the source.</summary>
    Rejected = 2,

    /// <summary>It took more memory than there was.</summary>
    ShortOfMemory = 3,

    /// <summary>There is no result of a compiler.</summary>
    Failed = 4,
}

/// <summary>How loaded a worker is, and which compilers it has at hand.</summary>
/// <param name="Running">How many jobs of the farm it does.</param>
/// <param name="CpuPressure">The part of the last ten seconds in which somebody waited for a processor, in thousandths; -1 where the kernel does not tell.</param>
/// <param name="MemoryPressure">The same for memory.</param>
/// <param name="FreeMemory">Memory that could be had now, in bytes; -1 where it is not known.</param>
internal readonly record struct NodeLoad(int Running, int CpuPressure, int MemoryPressure, long FreeMemory)
{
    /// <summary>How many compilers are told.</summary>
    public const int MostToolchains = 16;

    /// <summary>The compilers that jobs find there without a transfer, by name: at most <see cref="MostToolchains"/>.</summary>
    public System.Collections.Immutable.ImmutableArray<string> Toolchains { get; init; } = [];

    /// <summary>Nothing is known.</summary>
    public static NodeLoad Unknown { get; } = new(0, -1, -1, -1);
}
