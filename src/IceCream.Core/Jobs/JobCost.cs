namespace IceCream.Jobs;

/// <summary>The keys under which a job's cost is stored: one for this exact command, one for similar commands.</summary>
/// <param name="Command">Commands with the same folder, program and arguments share it.</param>
/// <param name="Group">Commands of the same project and language share it.</param>
internal readonly record struct CostKeys(ulong Command, ulong Group);

/// <summary>The learned cost of a command, or the average cost of the commands of a group.</summary>
/// <param name="Key">One of the keys of <see cref="CostKeys"/>.</param>
/// <param name="IsGroup">Whether the key is that of a group.</param>
/// <param name="Seconds">How long such a compile takes on an average worker.</param>
/// <param name="PeakMemory">The highest memory use that was observed, in bytes; 0: unknown.</param>
internal readonly record struct KnownCost(ulong Key, bool IsGroup, double Seconds, long PeakMemory)
{
    /// <summary>The most costs in one message: they fit into one message to a scheduler.</summary>
    public const int MostTold = 2048;
}

/// <summary>The resources that a compile used on its worker.</summary>
/// <param name="Cpu">Processor time of all its processes; zero when it was not measured.</param>
/// <param name="Wall">From the compiler's start to its end.</param>
/// <param name="PeakMemory">The highest memory use of any one of its processes, in bytes; 0 when it was not measured.</param>
internal readonly record struct JobUsage(TimeSpan Cpu, TimeSpan Wall, long PeakMemory);

/// <summary>What a job is expected to cost.</summary>
/// <param name="Keys">The keys under which its cost is stored.</param>
/// <param name="Seconds">How long its compile takes on an average worker.</param>
/// <param name="PeakMemory">How much memory it takes, in bytes; 0 when it is unknown.</param>
/// <param name="Basis">What the forecast is based on.</param>
internal sealed record JobForecast(CostKeys Keys, double Seconds, long PeakMemory, ForecastBasis Basis);

/// <summary>What a forecast is based on.</summary>
/// <remarks>Numbers are in files and on the wire: append only, never reuse.</remarks>
internal enum ForecastBasis
{
    /// <summary>A default: nothing similar is known.</summary>
    Default = 0,

    /// <summary>Other commands of its project and language.</summary>
    Group = 1,

    /// <summary>Earlier runs of the same command.</summary>
    Command = 2,
}

/// <summary>A worker's report on a job that has ended.</summary>
internal sealed record CostReport
{
    public required long Lease { get; init; }

    /// <summary>The keys under which its cost is stored.</summary>
    public required CostKeys Keys { get; init; }

    public required JobOutcome Outcome { get; init; }

    public JobUsage Usage { get; init; }

    /// <summary>How long the job waited for its inputs.</summary>
    public TimeSpan Fetch { get; init; }

    /// <summary>Bytes that were received for it.</summary>
    public long BytesIn { get; init; }

    public long BytesOut { get; init; }

    /// <summary>How many jobs the worker was running when this one ended, itself included: 1 or more.</summary>
    public int Running { get; init; } = 1;
}

/// <summary>How a job ended on its worker.</summary>
/// <remarks>Numbers are on the wire: append only, never reuse.</remarks>
internal enum JobOutcome
{
    Compiled = 1,

    /// <summary>The compiler refused the source.</summary>
    Rejected = 2,

    /// <summary>The compile needed more memory than was available.</summary>
    ShortOfMemory = 3,

    /// <summary>There is no compiler result.</summary>
    Failed = 4,
}

/// <summary>The load of a worker, and the toolchains that it has in store.</summary>
/// <param name="Running">How many jobs of the farm it is running.</param>
/// <param name="CpuPressure">The share of the last ten seconds in which a task waited for a processor, in thousandths; -1 where the kernel does not report it.</param>
/// <param name="MemoryPressure">The same for memory.</param>
/// <param name="FreeMemory">Memory that is available now, in bytes; -1 where it is not known.</param>
internal readonly record struct NodeLoad(int Running, int CpuPressure, int MemoryPressure, long FreeMemory)
{
    /// <summary>The most toolchains that are reported.</summary>
    public const int MostToolchains = 16;

    /// <summary>The names of the toolchains that jobs can use there without a transfer: at most <see cref="MostToolchains"/>.</summary>
    public System.Collections.Immutable.ImmutableArray<string> Toolchains { get; init; } = [];

    /// <summary>The load of a worker of which nothing is known.</summary>
    public static NodeLoad Unknown { get; } = new(0, -1, -1, -1);
}
