using IceCream.Caching;
using IceCream.Clients;
using IceCream.Diagnostics;
using IceCream.Jobs;

namespace IceCream.Execution.Local;

/// <summary>
/// Executes a job on this machine in the way of a worker, when there is no farm, so that its result can be cached. A failure or an obstacle is counted, and the
/// compile then runs as it was typed.
/// </summary>
/// <param name="sandbox">Executes the job.</param>
/// <param name="slots">The slots of this machine.</param>
/// <param name="leases">Knows why no farm takes the job.</param>
/// <param name="counters">Counts why a result will not be stored.</param>
/// <param name="time">Measures the steps.</param>
internal sealed class ObservedLocalExecutor(OwnSandbox sandbox, LocalSlots slots, LeasePool leases, CacheCounters counters, TimeProvider time) : IJobExecutor
{
    public async ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default)
    {
        long since = time.GetTimestamp();
        using IDisposable slot = await slots.AcquireAsync(LocalSlots.ClassOf(job), cancellationToken).ConfigureAwait(false);
        job = job with { Timeline = job.Timeline.With(JobStep.LocalSlot, time.GetElapsedTime(since)) };
        (CompileResult? result, Obstacle? obstacle) = await sandbox.ExecuteAsync(job, cancellationToken).ConfigureAwait(false);
        return result is { Failure: null } ? result with { IsHere = true, LocalOnly = NoFarm() } : Stays(job, result?.Failure?.Message ?? obstacle!.Detail);
    }

    private CompileResult Stays(CompileJob job, string why)
    {
        counters.Count($"not kept: it cannot be compiled in a sandbox here: {why}");
        return CompileResult.Stays(NoFarm(), job.Timeline);
    }

    private LocalOnlyReason NoFarm() => leases.ReasonAllStay ?? LocalOnlyReason.NoFarm("the farm was away");
}
