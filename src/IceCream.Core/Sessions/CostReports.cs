using IceCream.Jobs;

namespace IceCream.Sessions;

/// <summary>Makes the cost report to the scheduler about a job that ended here.</summary>
internal static class CostReports
{
    /// <summary>The report; null for a failure that nothing here is to blame for, such as when the agent could not send the whole job.</summary>
    /// <param name="result">The job's result.</param>
    /// <param name="keys">The keys under which the cost is remembered.</param>
    /// <param name="bytesIn">Bytes that were received for the job.</param>
    public static CostReport? Of(CompileResult result, CostKeys keys, long bytesIn) => OutcomeOf(result) is not { } outcome ? null : new CostReport
    {
        Lease = 0,
        Keys = keys,
        Outcome = outcome,
        Usage = result.Usage ?? default,
        Fetch = result.Timeline.Stretches.Where(static stretch => stretch.Step == JobStep.Fetch).Aggregate(TimeSpan.Zero, static (sum, stretch) => sum + stretch.Duration),
        BytesIn = bytesIn,
        BytesOut = result.Outputs.Sum(static file => file.Content.Length),
    };

    private static JobOutcome? OutcomeOf(CompileResult result) => result.Failure switch
    {
        null => result is { ExitCode: 0, Signal: 0 } ? JobOutcome.Compiled : JobOutcome.Rejected,
        { Remedy: FailureRemedy.MoreMemory } => JobOutcome.ShortOfMemory,
        { Remedy: FailureRemedy.AnotherWorker } => JobOutcome.Failed,
        _ => null,
    };
}
