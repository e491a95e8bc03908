namespace IceCream.Scheduling.Placement;

/// <summary>The worker on which the agent's next job is expected to be done first; the first by name among equals. The default.</summary>
internal sealed class ExpectedFinishPolicy : IPlacementPolicy
{
    /// <inheritdoc/>
    public int Choose(string agent, IReadOnlyList<PlacementCandidate> candidates)
    {
        int best = 0;
        TimeSpan soonest = candidates[0].Expected;
        for (int i = 1; i < candidates.Count; i++)
        {
            if (candidates[i].Expected is var expected && expected < soonest)
            {
                (best, soonest) = (i, expected);
            }
        }

        return best;
    }
}
