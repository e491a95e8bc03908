namespace IceCream.Scheduling;

/// <summary>Chooses the worker on which a lease is granted.</summary>
public interface IPlacementPolicy
{
    /// <summary>Chooses one of the workers.</summary>
    /// <param name="agent">The agent that gets the lease.</param>
    /// <param name="candidates">
    /// Workers that suit the agent and have a free slot, by name; never empty. The list is valid only until the method returns: it changes
    /// afterwards.
    /// </param>
    /// <returns>The index of the choice.</returns>
    int Choose(string agent, IReadOnlyList<PlacementCandidate> candidates);
}

/// <summary>A worker with a free slot.</summary>
/// <param name="Worker">Its name.</param>
/// <param name="Slots">How many slots it has.</param>
/// <param name="Running">How many of them are leased, fewer than <paramref name="Slots"/>.</param>
public readonly record struct PlacementCandidate(string Worker, int Slots, int Running)
{
    /// <summary>The speed at which it would run one more job, where the average worker has 1; as far as is known.</summary>
    /// <value>Above 0.</value>
    public double Speed { get; init; } = 1;

    /// <summary>How long a job of the agent is expected to take there, including the transfer of what the worker lacks.</summary>
    public TimeSpan Expected { get; init; }

    /// <summary>The memory limit of all its jobs together, in bytes; 0 when it has not been reported.</summary>
    internal long Memory { get; init; }

    /// <summary>Whether its speed was ever measured.</summary>
    internal bool IsKnown { get; init; }
}
