namespace IceCream.Jobs;

/// <summary>The identity of a job in a farm: its agent, and its number there.</summary>
/// <param name="Agent">The agent's name, as <c>USER@NODE</c>.</param>
/// <param name="Number">Unique for the agent, across restarts too.</param>
public readonly record struct JobId(string Agent, long Number);

/// <summary>
/// Events of jobs as they happen: <see cref="JobBegun"/>, <see cref="JobStepBegun"/>, <see cref="JobFinished"/>. A new watcher first receives
/// <see cref="JobsForgotten"/> and then the jobs that are in progress. A watcher that is too slow loses events, and <see cref="JobEventsLost"/> says how
/// many. Clients must ignore events of types that they do not know.
/// </summary>
public abstract record JobEvent
{
    private protected JobEvent()
    {
    }

    /// <summary>When it happened.</summary>
    public required DateTimeOffset At { get; init; }
}

/// <summary>A job has arrived.</summary>
public sealed record JobBegun : JobEvent
{
    /// <summary>Which job.</summary>
    public required JobId Job { get; init; }

    /// <summary>The user who submitted it.</summary>
    public string User { get; init; } = "";

    /// <summary>The subject of the command, as in <see cref="JobRecord.Subject"/>.</summary>
    public required string Subject { get; init; }

    /// <summary>The folder in which the command was typed.</summary>
    public string Directory { get; init; } = "";

    /// <summary>The purpose of the command.</summary>
    internal CommandPurpose Purpose { get; init; } = CommandPurpose.Compile;

    /// <summary>The name of the build that it belongs to; empty when the build has no name.</summary>
    public string Build { get; init; } = "";
}

/// <summary>A job has reached a step. Only steps that may take long are reported.</summary>
internal sealed record JobStepBegun : JobEvent
{
    /// <summary>Which job.</summary>
    public required JobId Job { get; init; }

    /// <summary>The step. <see cref="JobStep.Send"/> stands for all steps on the worker.</summary>
    public required JobStep Step { get; init; }

    /// <summary>The worker's name; empty when the job is on its own machine.</summary>
    public string Worker { get; init; } = "";
}

/// <summary>A job has ended, successfully or not. The event is complete in itself: a watcher needs no earlier event of the job.</summary>
public sealed record JobFinished : JobEvent
{
    /// <summary>Which job.</summary>
    public required JobId Job { get; init; }

    /// <summary>The user who submitted it.</summary>
    public string User { get; init; } = "";

    /// <summary>The name of the build that it belonged to; empty when the build has no name.</summary>
    public string Build { get; init; } = "";

    /// <summary>The outcome.</summary>
    public required JobRecord Record { get; init; }

    /// <summary>The processor time that the compile used on the worker; zero when it was not measured.</summary>
    public TimeSpan Cpu { get; init; }

    /// <summary>The highest memory use of any one of its processes, in bytes; 0 when it was not measured.</summary>
    public long PeakMemory { get; init; }
}

/// <summary>
/// The headers that have cost a build most so far. An agent that sees what its compiles read sends it from time to time during a build; each event
/// replaces the previous one.
/// </summary>
internal sealed record HeadersRead : JobEvent
{
    /// <summary>The most headers that are reported.</summary>
    public const int Most = 20;

    /// <summary>A job of the build that is still in progress.</summary>
    public required JobId Job { get; init; }

    /// <summary>The headers, the most expensive first: at most <see cref="Most"/>.</summary>
    public System.Collections.Immutable.ImmutableArray<HeaderCost> Headers { get; init; } = [];
}

/// <summary>The cost of a header in a build.</summary>
/// <param name="Path">Its path on the submitting machine.</param>
/// <param name="Bytes">Its length in bytes.</param>
/// <param name="Jobs">How many compiles had it as an input.</param>
/// <param name="Cost">
/// The sum over those compiles of the compiler's run time, times the header's share of the bytes of all inputs. This is an estimate: a template that
/// is instantiated often costs more, a list of constants less.
/// </param>
internal readonly record struct HeaderCost(string Path, long Bytes, int Jobs, TimeSpan Cost);

/// <summary>Nothing is known any more of an agent's jobs in progress: the agent has left, or will list them anew.</summary>
internal sealed record JobsForgotten : JobEvent
{
    /// <summary>The agent's name; empty: the jobs of all agents.</summary>
    public string Agent { get; init; } = "";
}

/// <summary>Events were lost because the watcher was too slow.</summary>
public sealed record JobEventsLost : JobEvent
{
    /// <summary>How many.</summary>
    /// <value>1 or more.</value>
    public required long Count { get; init; }
}

/// <summary>Receives the progress of a job.</summary>
internal interface IJobProgress
{
    /// <summary>Reports that the job has reached a step that may take long.</summary>
    /// <param name="step">The step; <see cref="JobStep.Send"/> stands for all steps on the worker.</param>
    /// <param name="worker">The worker's name; empty when the job is on its own machine.</param>
    void Reach(JobStep step, string worker = "");
}
