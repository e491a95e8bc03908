using System.Collections.Immutable;
using IceCream.Jobs;

namespace IceCream.Clients;

/// <summary>A slot in use. Disposing it gives the slot to the next waiting job, or back.</summary>
internal sealed class SlotHolding(LeasePool pool, SlotLease lease, IDisposable? core = null) : IDisposable
{
    private int _disposed;

    public SlotLease Lease => lease;

    /// <summary>Whether the slot is a core of this machine.</summary>
    public bool IsHere => lease.IsHere;

    /// <summary>The free slots from which it was chosen, itself first; when the job has waited for it, slots in use as well. One for each worker.</summary>
    public ImmutableArray<SlotLease> Candidates { get; init; } = [lease];

    /// <summary>Whether no slot was free when the job came.</summary>
    public bool HasWaited { get; init; }

    /// <summary>Whether the worker turned out to be unfit: then its other leases are not used again either.</summary>
    public bool WorkerFailed { get; set; }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        if (core is not null)
        {
            core.Dispose();
        }
        else
        {
            pool.Release(lease, WorkerFailed);
        }
    }
}
