using IceCream.Clients;
using IceCream.Jobs;

namespace IceCream.Execution;

/// <summary>Spends nothing on a job while no farm could take it: neither describes its compiler nor collects its inputs.</summary>
internal sealed class OpenFarmExecutor(IJobExecutor inner, LeasePool leases) : IJobExecutor
{
    public ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default) =>
        job.Mode != JobMode.Remote && leases.Closed is { } obstacle
            ? ValueTask.FromResult(CompileResult.Stays(new LocalOnlyReason(LocalOnlyKind.NoFarm, obstacle), job.Timeline))
            : inner.ExecuteAsync(job, cancellationToken);
}
