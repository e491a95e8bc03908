namespace IceCream.Jobs;

/// <summary>Who failed.</summary>
/// <remarks>Numbers are on the wire: append only, never reuse.</remarks>
public enum FailedParty
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
/// <param name="Party">Who failed.</param>
/// <param name="Step">At which stretch of the road.</param>
/// <param name="Remedy">What to do with the job.</param>
/// <param name="Message">For people: what, with what.</param>
public sealed record JobFailure(FailedParty Party, JobStep Step, FailureRemedy Remedy, string Message)
{
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
