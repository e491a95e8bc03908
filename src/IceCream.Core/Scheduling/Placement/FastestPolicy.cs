namespace IceCream.Scheduling.Placement;

/// <summary>The worker that would run one more job fastest, whatever must be transferred to it first; the first by name among equals.</summary>
internal sealed class FastestPolicy : IPlacementPolicy
{
    /// <inheritdoc/>
    public int Choose(string agent, IReadOnlyList<PlacementCandidate> candidates)
    {
        int best = 0;
        double speed = candidates[0].Speed;
        for (int i = 1; i < candidates.Count; i++)
        {
            if (candidates[i].Speed is var found && found > speed)
            {
                (best, speed) = (i, found);
            }
        }

        return best;
    }
}
