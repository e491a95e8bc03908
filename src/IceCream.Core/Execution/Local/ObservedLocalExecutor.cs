using IceCream.Caching;
using IceCream.Clients;
using IceCream.Jobs;

namespace IceCream.Execution.Local;

/// <summary>
/// Does a job on this machine as a worker would do it, because no farm could take it, so that its result can be kept. What stands in the way is counted, and the
/// compile then runs as it was typed.
/// </summary>
/// <param name="sandbox">Does it.</param>
/// <param name="slots">What may run on this machine.</param>
/// <param name="leases">Knows why no farm takes the job.</param>
/// <param name="counters">Told why a result will not be kept.</param>
/// <param name="time">Measures the stretches of the road.</param>
internal sealed class ObservedLocalExecutor(OwnSandbox sandbox, LocalSlots slots, LeasePool leases, CacheCounters counters, TimeProvider time) : IJobExecutor
{
    public async ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default)
    {
        long since = time.GetTimestamp();
        using IDisposable slot = await slots.AcquireAsync(LocalSlots.ClassOf(job), cancellationToken).ConfigureAwait(false);
        job = job with { Timeline = job.Timeline.With(JobStep.LocalSlot, time.GetElapsedTime(since)) };
        (CompileResult? result, string obstacle) = await sandbox.ExecuteAsync(job, cancellationToken).ConfigureAwait(false);
        return result is { Failure: null } ? result with { IsHere = true, LocalOnly = NoFarm() } : Stays(job, obstacle);
    }

    private CompileResult Stays(CompileJob job, string obstacle)
    {
        counters.Count($"not kept: it cannot be compiled in a sandbox here: {obstacle}");
        return CompileResult.Stays(NoFarm(), job.Timeline);
    }

    private LocalOnlyReason NoFarm() => new(LocalOnlyKind.NoFarm, leases.Closed ?? "the farm was away");
}
