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
public readonly record struct PlacementCandidate(string Worker, int Slots, int Running)
{
    /// <summary>How fast it would do one more job, where the average worker has 1; as far as is known.</summary>
    /// <value>Above 0.</value>
    public double Speed { get; init; } = 1;

    /// <summary>How long a job of the agent is expected to take there, counting what the worker would have to be sent first.</summary>
    public TimeSpan Expected { get; init; }

    /// <summary>How many bytes its jobs may take together; 0 when it has not said.</summary>
    internal long Memory { get; init; }

    /// <summary>Whether it was seen at work at all.</summary>
    internal bool IsKnown { get; init; }
}
