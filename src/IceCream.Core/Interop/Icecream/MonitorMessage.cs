namespace IceCream.Interop.Icecream;

/// <summary>What a scheduler of icecream's tells its monitors. Hosts and jobs have numbers from 1 up that are not used again.</summary>
internal abstract record MonitorMessage
{
    private MonitorMessage()
    {
    }

    /// <summary>How a host is: lines of <c>Key:Value</c>.</summary>
    public sealed record HostStats(uint Host, string Text) : MonitorMessage;

    /// <summary>A job waits for a host.</summary>
    /// <param name="Job">Its number.</param>
    /// <param name="Client">The host that it comes from.</param>
    /// <param name="File">The last three parts of its source's path.</param>
    /// <param name="Language">What it is written in.</param>
    /// <param name="Platform">The architecture that it is for.</param>
    public sealed record JobWaits(uint Job, uint Client, string File, ClassicLanguage Language, string Platform) : MonitorMessage;

    /// <summary>A job that waited is compiled.</summary>
    /// <param name="Job">Its number.</param>
    /// <param name="Host">Where it is compiled.</param>
    /// <param name="Started">Since when.</param>
    public sealed record JobBegins(uint Job, uint Host, DateTimeOffset Started) : MonitorMessage;

    /// <summary>A job that waited or was compiled has ended.</summary>
    public sealed record JobEnds(uint Job, JobFigures Figures) : MonitorMessage;

    /// <summary>A command that never was to leave runs on the host that it comes from.</summary>
    public sealed record LocalJobBegins(uint Job, uint Host, string File, DateTimeOffset Started) : MonitorMessage;

    /// <summary>It has ended.</summary>
    public sealed record LocalJobEnds(uint Job) : MonitorMessage;

    /// <summary>Why the connection is closed, for people.</summary>
    public sealed record Refusal(string Text) : MonitorMessage;
}

/// <summary>What a job is written in.</summary>
/// <remarks>Numbers are on the wire.</remarks>
internal enum ClassicLanguage
{
    /// <summary>C.</summary>
    C = 0,

    /// <summary>C++, and what has no number of its own.</summary>
    CPlusPlus = 1,

    /// <summary>Objective-C.</summary>
    ObjectiveC = 2,

    /// <summary>Objective-C++.</summary>
    ObjectiveCPlusPlus = 3,
}

/// <summary>What a job took. What nobody measured is zero.</summary>
/// <param name="ExitCode">The compiler's; 255 of a job whose host went away.</param>
/// <param name="Wall">From the compiler's start to its end.</param>
/// <param name="Cpu">Time on processors.</param>
/// <param name="BytesIn">Bytes that went to its host for it.</param>
/// <param name="BytesOut">Bytes of its outputs.</param>
internal readonly record struct JobFigures(int ExitCode, TimeSpan Wall = default, TimeSpan Cpu = default, long BytesIn = 0, long BytesOut = 0)
{
    /// <summary>The exit code of a job whose host went away.</summary>
    public const int HostGone = 255;
}
