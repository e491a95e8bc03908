using IceCream.Clients;
using IceCream.Diagnostics;
using IceCream.Jobs;
using Microsoft.Extensions.Logging;

namespace IceCream.Execution.Hedging;

/// <summary>The outcome of the attempts at a job.</summary>
/// <param name="Result">The result that is used.</param>
/// <param name="Slot">The slot of that attempt, which the caller must return.</param>
/// <param name="Race">The other attempt, the latest one if there were several; null when there was none.</param>
/// <param name="Failed">The failures of other workers at the job before.</param>
internal sealed record AttemptsOutcome(CompileResult Result, SlotHolding Slot, JobRace? Race, IReadOnlyList<(string Worker, CompileResult Result)> Failed);

/// <summary>
/// Runs a job in a slot, and in a second one too when the first attempt is late, its worker is silent, or another place would finish sooner anyway.
/// The first valid result is used, and the other attempt is cancelled. Attempts have no effect except their result, so that the outputs are written
/// once, by the caller. When one of the two fails, the other is watched like a first attempt.
/// </summary>
/// <param name="leases">Provides second slots.</param>
/// <param name="budget">Limits wasted work.</param>
/// <param name="metrics">Counts second attempts.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Logs second attempts.</param>
internal sealed partial class HedgedAttempts(LeasePool leases, HedgeBudget budget, JobMetrics metrics, TimeProvider time, ILogger<HedgedAttempts> logger)
{
    /// <summary>How many second attempts a job has at most, when attempts fail.</summary>
    private const int MostRaces = 3;

    private readonly ILogger _logger = logger;
    private readonly LateWatch _watch = new(time);

    /// <summary>Whether second attempts are made at all.</summary>
    public bool IsOn { get; init; } = true;

    /// <summary>Adds the cost of a finished job, in seconds of an average worker: a share of it may be spent on second attempts.</summary>
    public void Earn(double seconds) => budget.Earn(seconds);

    /// <summary>Runs the job.</summary>
    /// <param name="job">The job, with its forecast.</param>
    /// <param name="slot">The first slot.</param>
    /// <param name="mayBeHere">Whether the job may run on this machine too.</param>
    /// <param name="run">Runs it once, in the slot of the attempt and until its token is cancelled.</param>
    /// <param name="cancellationToken">Cancelled when nobody waits any more: then both slots are returned.</param>
    public async ValueTask<AttemptsOutcome> RunAsync(
        CompileJob job, SlotHolding slot, bool mayBeHere, Func<Attempt, ValueTask<CompileResult>> run, CancellationToken cancellationToken)
    {
        Attempt attempt = new Attempt(slot, time, cancellationToken).Start(run);
        JobRace? race = null;
        var failed = new List<(string Worker, CompileResult Result)>();
        try
        {
            bool mayRace = IsOn;
            for (int races = 0; mayRace && races < MostRaces; races++)
            {
                if (await WatchAsync(job.Forecast!, attempt, mayBeHere, cancellationToken).ConfigureAwait(false) is not { } hedge)
                {
                    break;
                }

                (attempt, Attempt other, bool hasFailed, race) = await RaceAsync(job, attempt, hedge, run, cancellationToken).ConfigureAwait(false);
                if (hasFailed && FailureOf(other) is { } failure)
                {
                    // Another failure than the worker's own would most likely be met elsewhere too.
                    failed.Add((other.Slot.Lease.Worker, failure));
                    mayRace = failure.Failure?.Remedy == FailureRemedy.AnotherWorker;
                }

                mayBeHere &= !other.Slot.IsHere;
            }

            CompileResult result = await attempt.Ended.ConfigureAwait(false);
            return new AttemptsOutcome(result, attempt.Keep(), race, failed);
        }
        catch
        {
            _ = attempt.CancelAsync();
            throw;
        }
    }

    /// <summary>Watches an attempt until it has ended or a second slot is available.</summary>
    /// <returns>The slot, and the reserved budget; null when the attempt has ended.</returns>
    private async ValueTask<(SlotHolding Slot, double Reserved)?> WatchAsync(JobForecast forecast, Attempt first, bool mayBeHere, CancellationToken cancellationToken)
    {
        bool isSilent = false;
        double reserved = 0;
        while (await _watch.WaitAsync(first.Ended, () => NextLook(forecast, first, mayBeHere), IsSecondWanted).ConfigureAwait(false))
        {
            if (await FindSecondAsync(forecast, first, mayBeHere, isSilent, cancellationToken).ConfigureAwait(false) is { } second)
            {
                // The worker may have been heard of again while the job waited: then a second attempt would be work in vain that no budget covers.
                if (isSilent ? first.IsSilent : HedgePolicy.IsWorthwhile(forecast, first.Elapsed, first.Slot.Lease.Speed, second.Lease.Speed))
                {
                    return (second, reserved);
                }

                second.Dispose();
            }

            budget.Settle(reserved, 0);
        }

        return null;

        bool IsSecondWanted()
        {
            // An attempt that nobody waits for ends by itself.
            if (cancellationToken.IsCancellationRequested)
            {
                return false;
            }

            // A worker that has stopped does no work that could be wasted.
            isSilent = first.IsSilent;
            reserved = isSilent ? 0 : forecast.Seconds;
            return isSilent ? !budget.IsOverdrawn
                : HedgePolicy.IsWorthwhile(forecast, first.Elapsed, first.Slot.Lease.Speed, FastestOther(first, mayBeHere)) && budget.TryReserve(reserved);
        }
    }

    private TimeSpan NextLook(JobForecast forecast, Attempt first, bool mayBeHere) =>
        HedgePolicy.NextLook(forecast, first.Elapsed, first.Slot.Lease.Speed, FastestOther(first, mayBeHere), first.Silent);

    /// <summary>The speed that a second attempt can expect.</summary>
    private double FastestOther(Attempt first, bool mayBeHere) =>
        Math.Max(leases.FastestBeside(first.Slot.Lease.Worker), mayBeHere && !first.Slot.IsHere ? leases.Own?.Speed ?? 0 : 0);

    /// <summary>Waits for a second slot as long as the first attempt runs.</summary>
    private async ValueTask<SlotHolding?> FindSecondAsync(JobForecast forecast, Attempt first, bool mayBeHere, bool isUrgent, CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<SlotHolding?> slot = leases.AcquireSecondAsync(
            (long)(forecast.Seconds * 1e6), forecast.PeakMemory, first.Slot.Lease.Worker, mayBeHere, isUrgent, ended.Token).AsTask();
        await Task.WhenAny(slot, first.Ended).ConfigureAwait(false);
        await ended.CancelAsync().ConfigureAwait(false);
        await ((Task)slot).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        SlotHolding? found = slot.IsCompletedSuccessfully ? slot.Result : null;
        if (found is not null && first.Ended.IsCompleted)
        {
            found.Dispose();
            return null;
        }

        return found;
    }

    /// <summary>Runs the job a second time until one of the two attempts has ended.</summary>
    /// <returns>
    /// The attempt that counts, the other one, which is cancelled, whether that has failed, and the race for people. The one that counts has a valid result, or is
    /// the only one left.
    /// </returns>
    private async ValueTask<(Attempt Left, Attempt Other, bool HasFailed, JobRace Race)> RaceAsync(
        CompileJob job, Attempt first, (SlotHolding Slot, double Reserved) hedge, Func<Attempt, ValueTask<CompileResult>> run, CancellationToken cancellationToken)
    {
        double after = first.Elapsed;
        Attempt second = new Attempt(hedge.Slot, time, cancellationToken).Start(run);
        job.Progress?.Reach(second.Slot.IsHere ? JobStep.LocalCompile : JobStep.Send, second.Slot.Lease.Worker);
        LogHedged(job.Invocation?.Source ?? job.CommandLine[0], NameOf(first), after, NameOf(second));
        double wasted = 0;
        try
        {
            (Attempt winner, Attempt loser) = await Task.WhenAny(first.Ended, second.Ended).ConfigureAwait(false) == first.Ended ? (first, second) : (second, first);
            cancellationToken.ThrowIfCancellationRequested();
            bool hasFailed = !IsValid(winner);
            if (!hasFailed)
            {
                Judge(winner, loser, second, await winner.Ended.ConfigureAwait(false));
            }
            else
            {
                // An attempt that fails first has not won: the other attempt is the job's only one from now on.
                (winner, loser) = (loser, winner);
                loser.Slot.WorkerFailed = FailureOf(loser)?.Failure?.Remedy == FailureRemedy.AnotherWorker;

                // It has ended, and its slot goes back before anything else: should the other fail too, the job must not get another slot of this worker.
                loser.Slot.Dispose();
            }

            // What failed would have had to be done again in any case; charged, it would leave the job with a silent worker where nothing has been earned yet.
            wasted = hasFailed || loser.IsSilent ? 0 : Math.Min(loser.Elapsed * loser.Slot.Lease.Speed, job.Forecast!.Seconds);
            metrics.RecordHedge(winner == second ? "won" : "lost", wasted);
            _ = loser.CancelAsync();
            return (winner, loser, hasFailed, new JobRace(loser.Slot.Lease.Worker, after, winner == second));
        }
        catch
        {
            // The caller that started the first attempt ends it.
            _ = second.CancelAsync();
            throw;
        }
        finally
        {
            budget.Settle(hedge.Reserved, wasted);
        }
    }

    /// <summary>Suspends a worker that took more than twice as long as another, or has stopped, and reports its speed to the scheduler.</summary>
    private void Judge(Attempt winner, Attempt loser, Attempt second, CompileResult result)
    {
        const double Much = 2;
        if (winner != second || loser.Slot.IsHere || !result.IsCompilers || loser.Ended.IsCompleted)
        {
            return;
        }

        double took = result.Usage?.Wall.TotalSeconds ?? winner.Elapsed;
        if (loser.IsSilent || loser.Elapsed > Much * winner.Elapsed)
        {
            loser.Slot.WorkerFailed = true;
            leases.Outrun(loser.Slot.Lease.Worker, Math.Min(loser.Slot.Lease.Speed, took * winner.Slot.Lease.Speed / Math.Max(loser.Elapsed, 0.001)));
            LogOutrun(loser.Slot.Lease.Worker, loser.Elapsed, NameOf(winner), winner.Elapsed);
        }
    }

    private static bool IsValid(Attempt attempt) => attempt.Ended.IsCompletedSuccessfully && attempt.Ended.Result.IsCompilers;

    /// <summary>What a worker failed with; null when the attempt has not ended so, or was this machine's.</summary>
    private static CompileResult? FailureOf(Attempt attempt) =>
        !attempt.Slot.IsHere && attempt.Ended.IsCompletedSuccessfully && attempt.Ended.Result is { IsCompilers: false } failed ? failed : null;

    private static string NameOf(Attempt attempt) => attempt.Slot.IsHere ? "this machine" : attempt.Slot.Lease.Worker;

    [LoggerMessage(EventIds.JobHedged, LogLevel.Debug, "{Subject} has been on {First} for {Seconds:0.0} s, and is done on {Second} as well.")]
    private partial void LogHedged(string subject, string first, double seconds, string second);

    [LoggerMessage(EventIds.WorkerOutrun, LogLevel.Information, "Worker '{Worker}' gets no jobs for a moment: of what it has been at for {Seconds:0.0} s, {Winner} was done in {WinnerSeconds:0.0} s.")]
    private partial void LogOutrun(string worker, double seconds, string winner, double winnerSeconds);
}
