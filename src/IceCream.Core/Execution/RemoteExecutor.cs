using IceCream.Clients;
using IceCream.Diagnostics;
using IceCream.Execution.Hedging;
using IceCream.Execution.Local;
using IceCream.Jobs;
using Microsoft.Extensions.Logging;

namespace IceCream.Execution;

/// <summary>
/// Executes a job on a worker: waits for a slot, sends the job, and tries another worker after a failure. A worker that fails is suspended. When
/// several workers fail at the same job and no other was tried, they are not to blame. An idle core of this machine is offered as a slot among the
/// others.
/// </summary>
/// <param name="leases">The agent's leases.</param>
/// <param name="peers">The connections to workers.</param>
/// <param name="costs">The learned costs of jobs.</param>
/// <param name="hedging">Runs second attempts of late jobs.</param>
/// <param name="own">Executes jobs on this machine; null: none is executed here.</param>
/// <param name="metrics">Counts failures of workers.</param>
/// <param name="time">Measures the steps.</param>
/// <param name="logger">Logs failures of workers.</param>
internal sealed partial class RemoteExecutor(
    LeasePool leases, PeerPool peers, JobCosts costs, HedgedAttempts hedging, OwnMachine? own, JobMetrics metrics, TimeProvider time, ILogger<RemoteExecutor> logger)
    : IJobExecutor
{
    private readonly ILogger _logger = logger;

    private const int Attempts = 3;

    /// <summary>The allowed difference between two clocks over a job.</summary>
    private static readonly TimeSpan ClockSlack = TimeSpan.FromSeconds(1);

    /// <summary>How long a job that must not run here waits for a farm.</summary>
    private static readonly TimeSpan PatienceOfRemote = TimeSpan.FromSeconds(30);

    public async ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default)
    {
        var blobs = new JobBlobs(job, job.Described ?? throw new ArgumentException("The toolchain of the job is not known here.", nameof(job)));
        long effort = CompileEffort.Guess(job);
        JobForecast forecast = costs.Predict(job, effort);
        job = job with { Forecast = forecast };
        JobTimeline passed = job.Timeline;
        CompileResult? last = null;
        var failed = new HashSet<string>(StringComparer.Ordinal);
        bool mayBeHere = own is not null && job.Mode != JobMode.Remote && !job.IsWrapped;
        for (int attempt = 1; ; attempt++)
        {
            long since = time.GetTimestamp();
            job.Progress?.Reach(JobStep.Lease);
            // A farm whose workers come and go is waited for; a farm whose workers fail at jobs is not.
            bool patiently = job.Mode == JobMode.Remote && (last?.Failure?.Party is null or FailedParty.Connection);
            SlotHolding? first = await AcquireAsync(job.Forecast!, mayBeHere && own!.TakesWaiting, patiently, cancellationToken).ConfigureAwait(false);
            passed = passed.With(JobStep.Lease, time.GetElapsedTime(since));
            if (first is null)
            {
                if (last is null && job.Forecast!.PeakMemory > leases.LargestMemory)
                {
                    costs.Doubt(forecast.Keys);
                }

                return last is null ? NoFarm(ReasonToStay(job.Forecast!), passed) : Final(last, failed, passed);
            }

            since = time.GetTimestamp();
            job.Progress?.Reach(first.IsHere ? JobStep.LocalCompile : JobStep.Send, first.Lease.Worker);
            AttemptsOutcome outcome = await hedging.RunAsync(job, first, mayBeHere, one => TryAsync(job, one, blobs), cancellationToken).ConfigureAwait(false);
            using SlotHolding slot = outcome.Slot;
            CompileResult result = outcome.Result;
            passed = passed.With(slot.IsHere ? result.Timeline : Transit(result, time.GetElapsedTime(since)));
            foreach ((string worker, CompileResult beaten) in outcome.Failed)
            {
                Note(worker, beaten, failed);
            }

            if (slot.IsHere && result is { IsCompilers: false, Failure: null })
            {
                // What kept it from running here does not apply to a worker.
                mayBeHere = false;
                attempt--;
                continue;
            }

            if (result.Failure?.Remedy == FailureRemedy.MoreMemory)
            {
                last = result;
                if (attempt < Attempts && WithMoreMemory(job.Forecast!, slot.Lease, result) is { } more)
                {
                    job = job with { Forecast = more };
                    continue;
                }

                return Final(last, failed, passed);
            }

            if (result.Failure?.Remedy != FailureRemedy.AnotherWorker)
            {
                Learn(result, forecast, slot, effort, failed);
                return result with { Timeline = passed, Placement = PlacementOf(job.Forecast!, slot) with { Race = outcome.Race } };
            }

            slot.WorkerFailed = true;
            last = result;
            Note(slot.Lease.Worker, result, failed);
            if (attempt == Attempts)
            {
                // Quarantined before the others are released, because a later quarantine would miss that release.
                slot.Dispose();
                return Final(last, failed, passed);
            }
        }
    }

    /// <summary>Notes a failure of a worker at the job.</summary>
    private void Note(string worker, CompileResult result, HashSet<string> failed)
    {
        if (result.Failure is not { Party: FailedParty.Worker, Remedy: FailureRemedy.AnotherWorker } failure)
        {
            return;
        }

        metrics.RecordFailure(worker);
        LogFailed(worker, failure.Step, failure.Message);
        if (failure.Step == JobStep.Receive)
        {
            // An invalid answer is the worker's own fault, whatever the job is.
            leases.Blame([worker]);
        }
        else
        {
            failed.Add(worker);
        }
    }

    /// <summary>A forecast that makes the job run alone on the worker with the most memory; null when it already ran so, or that worker is unknown.</summary>
    private JobForecast? WithMoreMemory(JobForecast forecast, SlotLease lease, CompileResult result)
    {
        costs.LearnShort(forecast.Keys, Math.Max(result.Usage?.PeakMemory ?? 0, lease.IsHere ? 0 : lease.Memory));
        long largest = leases.LargestMemory;
        return largest < long.MaxValue && forecast.PeakMemory < largest ? forecast with { PeakMemory = largest } : null;
    }

    private void Learn(CompileResult result, JobForecast forecast, SlotHolding slot, long effort, HashSet<string> failed)
    {
        if (result.Failure is not null)
        {
            return;
        }

        // Another worker has done the job, so the job was not the cause.
        leases.Blame(failed);
        if (result is not { ExitCode: 0, Signal: 0, Usage: { } usage })
        {
            return;
        }

        hedging.Earn(usage.Wall.TotalSeconds * slot.Lease.Speed);
        costs.Learn(forecast.Keys, usage, slot.Lease.Speed, effort);
        if (slot.IsHere)
        {
            own!.Cores.Learn(forecast, usage);
        }
    }

    private LocalOnlyReason ReasonToStay(JobForecast forecast) =>
        leases.ReasonToStay ?? LocalOnlyReason.NoFarm(forecast.PeakMemory > leases.LargestMemory
            ? $"it takes about {forecast.PeakMemory >> 20} MiB of memory, more than any worker has" : "the farm went away");

    private JobPlacement PlacementOf(JobForecast forecast, SlotHolding slot)
    {
        IEnumerable<SlotLease> candidates = own is null || slot.IsHere ? slot.Candidates : slot.Candidates.Append(SlotLease.Here(own.Cores.Speed, 0));
        return new JobPlacement(
            forecast.Seconds, forecast.PeakMemory, forecast.Basis, slot.HasWaited,
            [.. candidates.Select(lease => new PlacementOption(lease.Worker, lease.Speed, forecast.Seconds / lease.Speed))]);
    }

    private async ValueTask<SlotHolding?> AcquireAsync(JobForecast forecast, bool mayBeHere, bool patiently, CancellationToken cancellationToken)
    {
        long since = time.GetTimestamp();
        while (true)
        {
            SlotHolding? slot = await leases.AcquireAsync((long)(forecast.Seconds * 1e6), forecast.PeakMemory, mayBeHere, notOn: null, cancellationToken).ConfigureAwait(false);
            TimeSpan left = PatienceOfRemote - time.GetElapsedTime(since);

            // If no worker has enough memory, waiting is pointless.
            if (slot is not null || !patiently || left <= TimeSpan.Zero || forecast.PeakMemory > leases.LargestMemory)
            {
                return slot;
            }

            await leases.AwaitFarmAsync(left, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask<CompileResult> TryAsync(CompileJob job, Attempt attempt, JobBlobs blobs)
    {
        SlotLease lease = attempt.Slot.Lease;
        if (lease.IsHere)
        {
            return await own!.ExecuteAsync(job, attempt.Token).ConfigureAwait(false);
        }

        // A worker that is being called counts as silent as one does that was heard of before.
        if (peers.UnansweredFor(lease) is var unanswered && unanswered >= HedgePolicy.Silence)
        {
            return OutOfReach(lease, $"it has not answered for {unanswered.TotalSeconds:0.0} s.");
        }

        attempt.SilentFor = () => peers.UnansweredFor(lease);
        PeerClient worker;
        try
        {
            worker = await peers.GetAsync(lease, attempt.Token).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            return OutOfReach(lease, e.Message);
        }

        if (worker.SilentFor is var silent && silent >= HedgePolicy.Silence)
        {
            return OutOfReach(lease, $"nothing has been heard of it for {silent.TotalSeconds:0.0} s.");
        }

        attempt.SilentFor = () => worker.SilentFor;
        return ForeignText.Clean(await worker.ExecuteAsync(lease, job, blobs, attempt.Token).ConfigureAwait(false));
    }

    private static CompileResult OutOfReach(SlotLease lease, string why) => CompileResult.Failed(new JobFailure(
        FailedParty.Connection, JobStep.Send, FailureRemedy.AnotherWorker, $"Worker '{lease.Worker}' is out of reach: {why}"));

    /// <summary>The worker's steps, preceded by the transit time: what remains of the elapsed time.</summary>
    private static JobTimeline Transit(CompileResult result, TimeSpan elapsed)
    {
        if (!result.Timeline.Stretches.All(stretch => IsWorkers(stretch.Step) && stretch.Duration <= elapsed + ClockSlack))
        {
            // The worker reports steps that are not its own, or more time than has passed.
            return JobTimeline.Empty.With(JobStep.Send, elapsed);
        }

        TimeSpan there = result.Timeline.Stretches.Aggregate(TimeSpan.Zero, static (sum, stretch) => sum + stretch.Duration);
        TimeSpan way = elapsed > there ? elapsed - there : TimeSpan.Zero;
        return JobTimeline.Empty.With(JobStep.Send, way).With(result.Timeline);
    }

    private static bool IsWorkers(JobStep step) =>
        step is JobStep.Fetch or JobStep.Slot or JobStep.Prepare or JobStep.Compile or JobStep.Collect or JobStep.Receive;

    private CompileResult Final(CompileResult result, HashSet<string> failed, JobTimeline passed)
    {
        if (failed.Count > 1)
        {
            leases.Release(failed);
        }

        return result with { Timeline = passed, Failure = result.Failure! with { Remedy = FailureRemedy.CompileHere } };
    }

    private static CompileResult NoFarm(LocalOnlyReason reason, JobTimeline passed) =>
        CompileResult.Failed(new JobFailure(FailedParty.Scheduler, JobStep.Lease, FailureRemedy.CompileHere, reason.Detail), passed)
            with { LocalOnly = reason };

    [LoggerMessage(EventIds.WorkerFailed, LogLevel.Warning, "Worker '{Worker}' failed at {Step} and gets no jobs for a while: {Reason}")]
    private partial void LogFailed(string worker, JobStep step, string reason);
}
