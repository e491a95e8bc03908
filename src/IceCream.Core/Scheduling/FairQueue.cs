namespace IceCream.Scheduling;

/// <summary>Divides slots evenly (max-min): nobody gets more than he wants, and nobody more than another who still wants some, one slot apart.</summary>
internal static class FairQueue
{
    /// <summary>How many slots each claim is entitled to.</summary>
    /// <remarks>
    /// Slots that cannot be divided evenly stay with those who hold most, so that no lease moves for the sake of one slot; among equals they go to
    /// who was served longest ago, so that everyone's turn comes.
    /// </remarks>
    public static int[] Shares(int capacity, IReadOnlyList<Claim> claims)
    {
        int[] shares = new int[claims.Count];
        int[] order = [.. Enumerable.Range(0, claims.Count).OrderBy(i => claims[i].Wanted)];
        for (int served = 0; served < order.Length; served++)
        {
            int left = order.Length - served;
            int level = capacity / left;
            if (claims[order[served]].Wanted <= level)
            {
                shares[order[served]] = claims[order[served]].Wanted;
                capacity -= shares[order[served]];
                continue;
            }

            int[] rest = [.. order[served..].OrderByDescending(i => claims[i].Holding).ThenBy(i => claims[i].LastServed).ThenBy(i => i)];
            for (int i = 0; i < rest.Length; i++)
            {
                shares[rest[i]] = level + (i < capacity % left ? 1 : 0);
            }

            break;
        }

        return shares;
    }

    /// <summary>Somebody who wants slots.</summary>
    /// <param name="Wanted">How many he could use.</param>
    /// <param name="Holding">How many he has and may keep.</param>
    /// <param name="LastServed">When he was last given one: greater is later.</param>
    internal readonly record struct Claim(int Wanted, int Holding, long LastServed);
}
