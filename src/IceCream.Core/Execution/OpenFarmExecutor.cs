using IceCream.Clients;
using IceCream.Jobs;

namespace IceCream.Execution;

/// <summary>
/// Avoids work on a job while no farm could take it: its compiler is not described and its inputs are not collected. If its result is to be cached,
/// it runs here in the way of a worker.
/// </summary>
/// <param name="farm">Executes jobs on the farm.</param>
/// <param name="here">Executes jobs whose results are to be cached; null where none are.</param>
/// <param name="leases">Tells whether a farm could take a job.</param>
internal sealed class OpenFarmExecutor(IJobExecutor farm, IJobExecutor? here, LeasePool leases) : IJobExecutor
{
    public ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default) =>
        job.Mode == JobMode.Remote || leases.ReasonAllStay is not { } reason ? farm.ExecuteAsync(job, cancellationToken)
        : here is not null && job.KnowsLookups is not null ? here.ExecuteAsync(job, cancellationToken)
        : ValueTask.FromResult(CompileResult.Stays(reason, job.Timeline));
}
