using IceCream.Clients;
using IceCream.Diagnostics;
using IceCream.Jobs;
using Microsoft.Extensions.Logging;

namespace IceCream.Execution;

/// <summary>
/// Has a job done on a worker: waits for a slot, sends the job, and tries another worker when one fails at it. A worker that fails is set
/// aside; several that fail at the same job and are all that was tried are not the ones to blame.
/// </summary>
/// <param name="leases">The slots that the agent holds.</param>
/// <param name="peers">The connections to workers.</param>
/// <param name="costs">What jobs are known to cost.</param>
/// <param name="trees">The toolchains of the origin.</param>
/// <param name="metrics">Where failures of workers are counted.</param>
/// <param name="time">Measures the stretches of the road.</param>
/// <param name="logger">Where failures of workers are noted.</param>
internal sealed partial class RemoteExecutor(
    LeasePool leases, PeerPool peers, JobCosts costs, ToolchainTrees trees, JobMetrics metrics, TimeProvider time, ILogger<RemoteExecutor> logger) : IJobExecutor
{
    private readonly ILogger _logger = logger;

    private const int Attempts = 3;

    /// <summary>By how much two clocks may differ over a job.</summary>
    private static readonly TimeSpan ClockSlack = TimeSpan.FromSeconds(1);

    /// <summary>How long a job that must not run here waits for a farm to appear.</summary>
    private static readonly TimeSpan PatienceOfRemote = TimeSpan.FromSeconds(30);

    public async ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default)
    {
        var blobs = new JobBlobs(job, trees.Find(job.Toolchain!.Value) ?? throw new ArgumentException("The toolchain of the job is not known here.", nameof(job)));
        long effort = CompileEffort.Guess(job);
        JobForecast forecast = costs.Predict(job, effort);
        job = job with { Forecast = forecast };
        JobTimeline passed = job.Timeline;
        CompileResult? last = null;
        var failed = new HashSet<string>(StringComparer.Ordinal);
        for (int attempt = 1; ; attempt++)
        {
            long since = time.GetTimestamp();
            job.Progress?.Reach(JobStep.Lease);
            // A farm whose workers come and go is waited for; one whose workers fail at jobs is not.
            bool patiently = job.Mode == JobMode.Remote && (last?.Failure?.Party is null or FailedParty.Connection);
            using SlotHolding? slot = await AcquireAsync(job.Forecast!, patiently, cancellationToken).ConfigureAwait(false);
            passed = passed.With(JobStep.Lease, time.GetElapsedTime(since));
            if (slot is null)
            {
                return last is null ? NoFarm(ObstacleTo(job.Forecast!), passed) : Final(last, failed, passed);
            }

            since = time.GetTimestamp();
            job.Progress?.Reach(JobStep.Send, slot.Lease.Worker);
            CompileResult result = ForeignText.Clean(await TryAsync(job, slot.Lease, blobs, cancellationToken).ConfigureAwait(false));
            passed = passed.With(Transit(result, time.GetElapsedTime(since)));
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
                Learn(result, forecast, slot.Lease, effort, failed);
                return result with { Timeline = passed, Placement = PlacementOf(job.Forecast!, slot) };
            }

            slot.WorkerFailed = true;
            last = result;

            if (result.Failure.Party == FailedParty.Worker)
            {
                metrics.RecordFailure(slot.Lease.Worker);
                LogFailed(slot.Lease.Worker, result.Failure.Step, result.Failure.Message);
            }

            // Whatever the job is, an answer that is not to be trusted is its worker's own doing.
            if (result.Failure is { Party: FailedParty.Worker, Step: JobStep.Receive })
            {
                leases.Blame([slot.Lease.Worker]);
            }
            else if (result.Failure.Party == FailedParty.Worker)
            {
                failed.Add(slot.Lease.Worker);
            }

            if (attempt == Attempts)
            {
                // Quarantined before the others are released, which would come too early for it.
                slot.Dispose();
                return Final(last, failed, passed);
            }
        }
    }

    /// <summary>The same job alone on the worker with the most memory; null when it was alone there, or nobody knows which that is.</summary>
    private JobForecast? WithMoreMemory(JobForecast forecast, SlotLease lease, CompileResult result)
    {
        costs.LearnShort(forecast.Keys, Math.Max(result.Usage?.PeakMemory ?? 0, lease.Memory));
        long largest = leases.LargestMemory;
        return largest < long.MaxValue && forecast.PeakMemory < largest ? forecast with { PeakMemory = largest } : null;
    }

    private void Learn(CompileResult result, JobForecast forecast, SlotLease lease, long effort, HashSet<string> failed)
    {
        if (result.Failure is not null)
        {
            return;
        }

        // Another has done it: so it was not the job.
        leases.Blame(failed);
        if (result is { ExitCode: 0, Signal: 0, Usage: { } usage })
        {
            costs.Learn(forecast.Keys, usage, lease.Speed, effort);
        }
    }

    private string ObstacleTo(JobForecast forecast) =>
        leases.Obstacle ?? (forecast.PeakMemory > leases.LargestMemory
            ? $"it takes about {forecast.PeakMemory >> 20} MiB of memory, more than any worker has" : "the farm went away");

    private static JobPlacement PlacementOf(JobForecast forecast, SlotHolding slot) => new(
        forecast.Seconds, forecast.PeakMemory, forecast.Basis, slot.HasWaited,
        [.. slot.Candidates.Select(lease => new PlacementOption(lease.Worker, lease.Speed, forecast.Seconds / lease.Speed))]);

    private async ValueTask<SlotHolding?> AcquireAsync(JobForecast forecast, bool patiently, CancellationToken cancellationToken)
    {
        long since = time.GetTimestamp();
        while (true)
        {
            SlotHolding? slot = await leases.AcquireAsync((long)(forecast.Seconds * 1e6), forecast.PeakMemory, cancellationToken).ConfigureAwait(false);
            TimeSpan left = PatienceOfRemote - time.GetElapsedTime(since);

            // Where no worker has the memory, none that comes back is waited for.
            if (slot is not null || !patiently || left <= TimeSpan.Zero || forecast.PeakMemory > leases.LargestMemory)
            {
                return slot;
            }

            await leases.AwaitFarmAsync(left, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask<CompileResult> TryAsync(CompileJob job, SlotLease lease, JobBlobs blobs, CancellationToken cancellationToken)
    {
        PeerClient worker;
        try
        {
            worker = await peers.GetAsync(lease, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            return CompileResult.Failed(new JobFailure(
                FailedParty.Connection, JobStep.Send, FailureRemedy.AnotherWorker, $"Worker '{lease.Worker}' is out of reach: {e.Message}"));
        }

        return await worker.ExecuteAsync(lease, job, blobs, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What the worker did, and before it what is left of the time: the way there and back.</summary>
    private static JobTimeline Transit(CompileResult result, TimeSpan elapsed)
    {
        if (!result.Timeline.Stretches.All(stretch => IsWorkers(stretch.Step) && stretch.Duration <= elapsed + ClockSlack))
        {
            // It counts what it did not do, or more time than has passed.
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

    private static CompileResult NoFarm(string obstacle, JobTimeline passed) =>
        CompileResult.Failed(new JobFailure(FailedParty.Scheduler, JobStep.Lease, FailureRemedy.CompileHere, obstacle), passed)
            with { LocalOnly = new LocalOnlyReason(LocalOnlyKind.NoFarm, obstacle) };

    [LoggerMessage(EventIds.WorkerFailed, LogLevel.Warning, "Worker '{Worker}' failed at {Step} and gets no jobs for a while: {Reason}")]
    private partial void LogFailed(string worker, JobStep step, string reason);
}
