using IceCream.Clients;
using IceCream.Jobs;

namespace IceCream.Simulation;

/// <summary>A job on a worker.</summary>
/// <param name="lease">The slot.</param>
/// <param name="job">The job.</param>
/// <param name="forecast">What its agent expected it to cost.</param>
/// <param name="since">When it began, in seconds.</param>
internal sealed class SimulatedAttempt(SlotLease lease, SimulatedJob job, JobForecast forecast, double since)
{
    public SlotLease Lease => lease;

    public SimulatedJob Job => job;

    public JobForecast Forecast => forecast;

    public double Since => since;

    /// <summary>Whether its worker is done with it.</summary>
    public bool IsOver { get; set; }

    /// <summary>Whether its agent waits for it no more.</summary>
    public bool IsCancelled { get; set; }

    /// <summary>The other attempt at the job; null when there is none.</summary>
    public SimulatedAttempt? Other { get; set; }

    /// <summary>Where a second attempt at the job waits for a slot; null when none does.</summary>
    public WaitingPlace? Seeking { get; set; }
}
