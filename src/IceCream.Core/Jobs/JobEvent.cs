namespace IceCream.Jobs;

/// <summary>A job of a farm: the agent that it came by, and its number there.</summary>
/// <param name="Agent">The agent's name, as <c>USER@NODE</c>.</param>
/// <param name="Number">Unique for the agent, from one start of it to the next too.</param>
public readonly record struct JobId(string Agent, long Number);

/// <summary>
/// What happens to jobs, as it happens: <see cref="JobBegun"/>, <see cref="JobStepBegun"/>, <see cref="JobFinished"/>. Whoever watches is told first, by
/// <see cref="JobsForgotten"/> and what follows it, which jobs are under way. A watcher that is too slow loses events, and is told by <see cref="JobEventsLost"/> how many.
/// Events of other types may come, and mean nothing to who does not know them.
/// </summary>
public abstract record JobEvent
{
    private protected JobEvent()
    {
    }

    /// <summary>When it happened.</summary>
    public required DateTimeOffset At { get; init; }
}

/// <summary>A job has come.</summary>
public sealed record JobBegun : JobEvent
{
    /// <summary>Which job.</summary>
    public required JobId Job { get; init; }

    /// <summary>Whose it is.</summary>
    public string User { get; init; } = "";

    /// <summary>What it is about, as in <see cref="JobRecord.Subject"/>.</summary>
    public required string Subject { get; init; }

    /// <summary>The folder in which the command was typed.</summary>
    public string Directory { get; init; } = "";

    /// <summary>What the command is for.</summary>
    internal CommandPurpose Purpose { get; init; } = CommandPurpose.Compile;

    /// <summary>The name of the build that it belongs to; empty when nobody has named it.</summary>
    public string Build { get; init; } = "";
}

/// <summary>A job has come to a step of its road. Not every step is told: those that a job may stay at for long are.</summary>
internal sealed record JobStepBegun : JobEvent
{
    /// <summary>Which job.</summary>
    public required JobId Job { get; init; }

    /// <summary>The step. <see cref="JobStep.Send"/> stands for all that is done on the worker.</summary>
    public required JobStep Step { get; init; }

    /// <summary>The worker's name; empty when it is at its own machine.</summary>
    public string Worker { get; init; } = "";
}

/// <summary>A job has ended, well or not. It tells all that a watcher needs who has heard nothing of the job before.</summary>
public sealed record JobFinished : JobEvent
{
    /// <summary>Which job.</summary>
    public required JobId Job { get; init; }

    /// <summary>Whose it was.</summary>
    public string User { get; init; } = "";

    /// <summary>The name of the build that it belonged to; empty when nobody has named it.</summary>
    public string Build { get; init; } = "";

    /// <summary>What became of it.</summary>
    public required JobRecord Record { get; init; }

    /// <summary>What its compile used of the worker's processors; zero when nobody saw that.</summary>
    public TimeSpan Cpu { get; init; }

    /// <summary>The most that one of its programs held in memory, in bytes; 0 when nobody saw that.</summary>
    public long PeakMemory { get; init; }
}

/// <summary>Which headers cost a build most so far. It is told from time to time while a build goes on, each time anew, by an agent that sees what its compiles read.</summary>
internal sealed record HeadersRead : JobEvent
{
    /// <summary>How many are told.</summary>
    public const int Most = 20;

    /// <summary>A job of the build, which is under way still.</summary>
    public required JobId Job { get; init; }

    /// <summary>The headers, the dearest first: at most <see cref="Most"/>.</summary>
    public System.Collections.Immutable.ImmutableArray<HeaderCost> Headers { get; init; } = [];
}

/// <summary>What a header costs a build.</summary>
/// <param name="Path">Where it lies on the submitting machine.</param>
/// <param name="Bytes">How long it is.</param>
/// <param name="Jobs">How many compiles were given it.</param>
/// <param name="Cost">
/// Of the time that their compilers ran, the part that its bytes are of all that each was given. An estimate: a template that is instantiated often costs more, a list of
/// constants less.
/// </param>
internal readonly record struct HeaderCost(string Path, long Bytes, int Jobs, TimeSpan Cost);

/// <summary>Of an agent's jobs that are under way nothing is known any more: the agent has left, or tells anew which there are.</summary>
internal sealed record JobsForgotten : JobEvent
{
    /// <summary>The agent's name; empty: the jobs of all agents.</summary>
    public string Agent { get; init; } = "";
}

/// <summary>Events were lost on the way, because somebody was too slow.</summary>
public sealed record JobEventsLost : JobEvent
{
    /// <summary>How many.</summary>
    /// <value>1 or more.</value>
    public required long Count { get; init; }
}

/// <summary>Is told where a job is on its road.</summary>
internal interface IJobProgress
{
    /// <summary>The job has come to a step at which it may stay for long.</summary>
    /// <param name="step">The step; <see cref="JobStep.Send"/> stands for all that is done on the worker.</param>
    /// <param name="worker">The worker's name; empty when it is at its own machine.</param>
    void Reach(JobStep step, string worker = "");
}
