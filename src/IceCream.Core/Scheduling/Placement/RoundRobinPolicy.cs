namespace IceCream.Scheduling.Placement;

/// <summary>One worker after the other, by name, and again from the first.</summary>
internal sealed class RoundRobinPolicy : IPlacementPolicy
{
    private string last = "";

    /// <inheritdoc/>
    public int Choose(string agent, IReadOnlyList<PlacementCandidate> candidates)
    {
        // The candidates are sorted: the first behind the latest.
        int low = 0, high = candidates.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = string.CompareOrdinal(candidates[middle].Worker, last) > 0 ? (low, middle) : (middle + 1, high);
        }

        int choice = low < candidates.Count ? low : 0;
        last = candidates[choice].Worker;
        return choice;
    }
}
