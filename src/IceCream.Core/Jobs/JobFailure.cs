namespace IceCream.Jobs;

/// <summary>The party that failed.</summary>
/// <remarks>Numbers are on the wire: append only, never reuse.</remarks>
internal enum FailedParty
{
    /// <summary>The submitting machine.</summary>
    Origin = 1,

    /// <summary>The scheduler, or the connection to it.</summary>
    Scheduler = 2,

    /// <summary>The worker.</summary>
    Worker = 3,

    /// <summary>The connection between origin and worker.</summary>
    Connection = 4,
}

/// <summary>What to do with a job after a failure of the farm.</summary>
/// <remarks>Numbers are on the wire: append only, never reuse.</remarks>
public enum FailureRemedy
{
    /// <summary>Try another worker.</summary>
    AnotherWorker = 1,

    /// <summary>Compile on the submitting machine: no worker will accept the job.</summary>
    CompileHere = 2,

    /// <summary>Give up: nobody waits for the result any more.</summary>
    GiveUp = 3,

    /// <summary>Try the worker with the most memory, with no other job beside it: the compile needed more memory than was available.</summary>
    MoreMemory = 4,
}

/// <summary>A failure of the farm (not of the compile): the party, the step, the cause and the remedy.</summary>
public sealed record JobFailure
{
    /// <summary>A failure of the executor that was to compile.</summary>
    /// <param name="remedy">What to do with the job.</param>
    /// <param name="message">The cause, for people, with the name of the object concerned.</param>
    public JobFailure(FailureRemedy remedy, string message)
        : this(FailedParty.Worker, JobStep.Compile, remedy, message)
    {
    }

    /// <summary>A failure of one of the parties.</summary>
    internal JobFailure(FailedParty party, JobStep step, FailureRemedy remedy, string message) =>
        (Party, Step, Remedy, Message) = (party, step, remedy, message);

    /// <summary>The party that failed.</summary>
    internal FailedParty Party { get; init; }

    /// <summary>The step at which it failed.</summary>
    internal JobStep Step { get; init; }

    /// <summary>What to do with the job.</summary>
    public FailureRemedy Remedy { get; init; }

    /// <summary>The cause, for people, with the name of the object concerned.</summary>
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
