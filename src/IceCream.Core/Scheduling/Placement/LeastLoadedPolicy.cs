namespace IceCream.Scheduling.Placement;

/// <summary>The worker with the fewest leases per slot.</summary>
/// <param name="ties">Chooses between equals; null: the first by name is taken.</param>
internal sealed class LeastLoadedPolicy(Random? ties = null) : IPlacementPolicy
{
    /// <inheritdoc/>
    public int Choose(string agent, IReadOnlyList<PlacementCandidate> candidates)
    {
        ArgumentNullException.ThrowIfNull(candidates);
        int best = 0, equals = 1;
        for (int i = 1; i < candidates.Count; i++)
        {
            // Compares running / slots without a division, so that equal ratios compare as equal.
            long here = (long)candidates[i].Running * candidates[best].Slots, there = (long)candidates[best].Running * candidates[i].Slots;
            if (here < there)
            {
                (best, equals) = (i, 1);
            }
            else if (here == there && ties is not null && ties.Next(++equals) == 0)
            {
                best = i;
            }
        }

        return best;
    }
}
