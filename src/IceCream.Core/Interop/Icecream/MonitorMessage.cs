namespace IceCream.Interop.Icecream;

/// <summary>The messages that a scheduler of icecream's sends its monitors. Hosts and jobs have numbers from 1 up that are not reused.</summary>
internal abstract record MonitorMessage
{
    private MonitorMessage()
    {
    }

    /// <summary>The state of a host: lines of <c>Key:Value</c>.</summary>
    public sealed record HostStats(uint Host, string Text) : MonitorMessage;

    /// <summary>A job waits for a host.</summary>
    /// <param name="Job">The job's number.</param>
    /// <param name="Client">The host that the job comes from.</param>
    /// <param name="File">The last three parts of the source's path.</param>
    /// <param name="Language">The language of the source.</param>
    /// <param name="Platform">The target architecture.</param>
    public sealed record JobWaits(uint Job, uint Client, string File, ClassicLanguage Language, string Platform) : MonitorMessage;

    /// <summary>A job that waited is being compiled.</summary>
    /// <param name="Job">The job's number.</param>
    /// <param name="Host">The host that compiles it.</param>
    /// <param name="Started">When the compile began.</param>
    public sealed record JobBegins(uint Job, uint Host, DateTimeOffset Started) : MonitorMessage;

    /// <summary>A job that waited or was compiled has ended.</summary>
    public sealed record JobEnds(uint Job, JobFigures Figures) : MonitorMessage;

    /// <summary>A command that was always to stay local runs on the host that it comes from.</summary>
    public sealed record LocalJobBegins(uint Job, uint Host, string File, DateTimeOffset Started) : MonitorMessage;

    /// <summary>Such a command has ended.</summary>
    public sealed record LocalJobEnds(uint Job) : MonitorMessage;

    /// <summary>The reason why the connection is closed, for people.</summary>
    public sealed record Refusal(string Text) : MonitorMessage;
}

/// <summary>The language of a job.</summary>
/// <remarks>The values are sent on the wire.</remarks>
internal enum ClassicLanguage
{
    /// <summary>C.</summary>
    C = 0,

    /// <summary>C++, and languages without a number of their own.</summary>
    CPlusPlus = 1,

    /// <summary>Objective-C.</summary>
    ObjectiveC = 2,

    /// <summary>Objective-C++.</summary>
    ObjectiveCPlusPlus = 3,
}

/// <summary>The cost of a job. Values that were not measured are zero.</summary>
/// <param name="ExitCode">The compiler's exit code; 255 for a job whose host went away.</param>
/// <param name="Wall">From the compiler's start to its end.</param>
/// <param name="Cpu">Processor time.</param>
/// <param name="BytesIn">Bytes sent to the host for the job.</param>
/// <param name="BytesOut">Bytes of the outputs.</param>
internal readonly record struct JobFigures(int ExitCode, TimeSpan Wall = default, TimeSpan Cpu = default, long BytesIn = 0, long BytesOut = 0)
{
    /// <summary>The exit code of a job whose host went away.</summary>
    public const int HostGone = 255;
}
