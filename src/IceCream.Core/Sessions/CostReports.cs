using IceCream.Jobs;

namespace IceCream.Sessions;

/// <summary>What the scheduler learns of a job that has ended here.</summary>
internal static class CostReports
{
    /// <summary>The report; null for a job that is not to be held against anybody here, such as one that its agent could not send whole.</summary>
    /// <param name="result">What became of it.</param>
    /// <param name="keys">Under what its cost is remembered.</param>
    /// <param name="bytesIn">Bytes that came for it.</param>
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
