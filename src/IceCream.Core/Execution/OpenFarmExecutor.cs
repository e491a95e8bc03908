using IceCream.Clients;
using IceCream.Jobs;

namespace IceCream.Execution;

/// <summary>
/// Spends nothing on a job while no farm could take it: neither describes its compiler nor collects its inputs. Only where its result is to be kept, it is done
/// here in the way of a worker.
/// </summary>
/// <param name="farm">Has jobs done by the farm.</param>
/// <param name="here">Does jobs whose results are to be kept; null where none are.</param>
/// <param name="leases">Knows whether a farm could take a job.</param>
internal sealed class OpenFarmExecutor(IJobExecutor farm, IJobExecutor? here, LeasePool leases) : IJobExecutor
{
    public ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default) =>
        job.Mode == JobMode.Remote || leases.Closed is not { } obstacle ? farm.ExecuteAsync(job, cancellationToken)
        : here is not null && job.KnowsLookups is not null ? here.ExecuteAsync(job, cancellationToken)
        : ValueTask.FromResult(CompileResult.Stays(new LocalOnlyReason(LocalOnlyKind.NoFarm, obstacle), job.Timeline));
}
