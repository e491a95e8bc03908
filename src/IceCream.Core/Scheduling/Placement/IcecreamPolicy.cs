namespace IceCream.Scheduling.Placement;

/// <summary>
/// As icecream 1.4 chooses, for comparison: a worker that was never seen at work is tried first; else the fastest counts, a worker with all slots taken for
/// half as fast as one with none. It never tries a worker again that was slow, for as long as others are free; the scheduler's own turns apart.
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
