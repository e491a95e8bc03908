namespace IceCream.Jobs;

/// <summary>Who failed.</summary>
/// <remarks>Numbers are on the wire: append only, never reuse.</remarks>
internal enum FailedParty
{
    /// <summary>The submitting machine.</summary>
    Origin = 1,

    /// <summary>The scheduler, or the way to it.</summary>
    Scheduler = 2,

    /// <summary>The worker.</summary>
    Worker = 3,

    /// <summary>The connection between origin and worker.</summary>
    Connection = 4,
}

/// <summary>What to do with a job that the farm failed.</summary>
/// <remarks>Numbers are on the wire: append only, never reuse.</remarks>
public enum FailureRemedy
{
    /// <summary>Another worker may do it.</summary>
    AnotherWorker = 1,

    /// <summary>No worker will: compile on the submitting machine.</summary>
    CompileHere = 2,

    /// <summary>Nobody waits for the result any more.</summary>
    GiveUp = 3,

    /// <summary>Its compiler took more memory than there was: the worker with most memory may do it, alone.</summary>
    MoreMemory = 4,
}

/// <summary>A failure of the farm (not of the compile): who, at which step, why, and what now.</summary>
public sealed record JobFailure
{
    /// <summary>A failure of whatever was to compile.</summary>
    /// <param name="remedy">What to do with the job.</param>
    /// <param name="message">For people: what, with what.</param>
    public JobFailure(FailureRemedy remedy, string message)
        : this(FailedParty.Worker, JobStep.Compile, remedy, message)
    {
    }

    /// <summary>A failure of one of the parties.</summary>
    internal JobFailure(FailedParty party, JobStep step, FailureRemedy remedy, string message) =>
        (Party, Step, Remedy, Message) = (party, step, remedy, message);

    /// <summary>Who failed.</summary>
    internal FailedParty Party { get; init; }

    /// <summary>At which stretch of the road.</summary>
    internal JobStep Step { get; init; }

    /// <summary>What to do with the job.</summary>
    public FailureRemedy Remedy { get; init; }

    /// <summary>For people: what, with what.</summary>
    public string Message { get; init; }

    /// <summary>For people: who failed while doing what, and the message.</summary>
    public override string ToString() => $"{Who} failed while {JobStepWords.Of(Step)}: {Message}";

    private string Who => Party switch
    {
        FailedParty.Origin => "this machine",
        FailedParty.Scheduler => "the scheduler",
        FailedParty.Worker => "the worker",
        _ => "the connection to the worker",
    };
}
