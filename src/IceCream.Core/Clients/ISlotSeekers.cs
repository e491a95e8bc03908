using System.Collections.Immutable;
using IceCream.Jobs;

namespace IceCream.Clients;

/// <summary>A slot that is given to a job.</summary>
/// <param name="Lease">The slot.</param>
/// <param name="Candidates">The free slots from which it was chosen, itself first; when the job has waited for it, slots in use as well. One for each worker.</param>
/// <param name="HasWaited">Whether no slot was free when the job came.</param>
/// <param name="Core">Gives a core of this machine back when disposed; null for a worker's slot: see <see cref="LeaseState.Release(SlotLease, bool, LeaseTime)"/>.</param>
internal readonly record struct SlotGrant(SlotLease Lease, ImmutableArray<SlotLease> Candidates, bool HasWaited, IDisposable? Core);

/// <summary>Receives the outcome for jobs that wait for a slot. Called during a state change: an implementation must not call back.</summary>
internal interface ISlotSeekers
{
    /// <summary>A waiting job gets its slot.</summary>
    void Serve(WaitingPlace place, SlotGrant grant);

    /// <summary>A waiting job will get no slot.</summary>
    void TurnAway(WaitingPlace place);

    /// <summary>Whether waiting makes sense may have changed.</summary>
    void Reconsider();
}
