namespace IceCream.Scheduling.Placement;

/// <summary>Each worker in turn, by name, and then from the first again.</summary>
internal sealed class RoundRobinPolicy : IPlacementPolicy
{
    private string last = "";

    /// <inheritdoc/>
    public int Choose(string agent, IReadOnlyList<PlacementCandidate> candidates)
    {
        // The candidates are sorted, so this finds the first one after the last choice.
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
