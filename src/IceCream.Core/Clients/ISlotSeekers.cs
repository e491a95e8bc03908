using System.Collections.Immutable;
using IceCream.Jobs;

namespace IceCream.Clients;

/// <summary>A slot that a job is given.</summary>
/// <param name="Lease">The slot.</param>
/// <param name="Candidates">The free slots among which it was chosen, its own first; when the job has waited for it, those that were in use as well. One of each worker.</param>
/// <param name="HasWaited">Whether no slot was free when the job came.</param>
/// <param name="Core">The core of this machine that it is, which goes back by being disposed; null for a worker's slot, which goes back to <see cref="LeaseState.Release(SlotLease, bool, LeaseTime)"/>.</param>
internal readonly record struct SlotGrant(SlotLease Lease, ImmutableArray<SlotLease> Candidates, bool HasWaited, IDisposable? Core);

/// <summary>Those that wait for a slot, as they are told what became of it. Called in the midst of a change: they must not call back.</summary>
internal interface ISlotSeekers
{
    /// <summary>A job that waits has its slot.</summary>
    void Serve(WaitingPlace place, SlotGrant grant);

    /// <summary>A job waits in vain.</summary>
    void TurnAway(WaitingPlace place);

    /// <summary>Whether waiting makes sense may be another question now.</summary>
    void Reconsider();
}
