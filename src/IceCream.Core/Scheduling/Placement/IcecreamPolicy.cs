namespace IceCream.Scheduling.Placement;

/// <summary>
/// The policy of icecream 1.4, for comparison: an idle worker without a measured speed comes first; else the fastest one, where a worker with all
/// slots taken counts half as fast as an idle one. It never tries a slow worker again while others are free, except through the scheduler's own
/// turns.
/// </summary>
/// <remarks>pick_server and server_speed in scheduler/scheduler.cpp.</remarks>
internal sealed class IcecreamPolicy : IPlacementPolicy
{
    /// <inheritdoc/>
    public int Choose(string agent, IReadOnlyList<PlacementCandidate> candidates)
    {
        int best = 0;
        double most = double.NegativeInfinity;
        for (int i = 0; i < candidates.Count; i++)
        {
            PlacementCandidate candidate = candidates[i];
            if (!candidate.IsKnown && candidate.Running == 0)
            {
                return i;
            }

            double speed = candidate.Speed * (1 - (0.5 * candidate.Running / candidate.Slots));
            if (speed > most)
            {
                (best, most) = (i, speed);
            }
        }

        return best;
    }
}
