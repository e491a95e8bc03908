namespace IceCream.Scheduling;

/// <summary>Chooses the worker on which a lease is granted.</summary>
public interface IPlacementPolicy
{
    /// <summary>Chooses one of the workers.</summary>
    /// <param name="agent">Who gets the lease.</param>
    /// <param name="candidates">Workers that suit the agent and have a free slot, by name; never empty, and good until the return only: the list lives on.</param>
    /// <returns>The index of the choice.</returns>
    int Choose(string agent, IReadOnlyList<PlacementCandidate> candidates);
}

/// <summary>A worker with a free slot.</summary>
/// <param name="Worker">Its name.</param>
/// <param name="Slots">How many slots it has.</param>
/// <param name="Running">How many of them are leased, fewer than <paramref name="Slots"/>.</param>
public readonly record struct PlacementCandidate(string Worker, int Slots, int Running);
