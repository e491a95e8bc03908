namespace IceCream.Scheduling;

/// <summary>
/// Divides slots by weights (weighted max-min): nobody gets more than he wants, and nobody more for his weight than another who still wants some, one slot apart.
/// </summary>
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
        int[] order = [.. Enumerable.Range(0, claims.Count).OrderBy(i => (double)claims[i].Wanted / claims[i].Weight)];
        long weights = claims.Sum(static claim => (long)claim.Weight);
        for (int served = 0; served < order.Length; served++)
        {
            Claim next = claims[order[served]];
            if (next.Wanted <= PartOf(next))
            {
                shares[order[served]] = next.Wanted;
                capacity -= next.Wanted;
                weights -= next.Weight;
                continue;
            }

            // Nobody of the rest gets all that he wants.
            int[] rest = [.. order[served..].OrderByDescending(i => claims[i].Holding - PartOf(claims[i])).ThenBy(i => claims[i].LastServed).ThenBy(i => i)];
            int left = capacity - rest.Sum(i => PartOf(claims[i]));
            for (int i = 0; i < rest.Length; i++)
            {
                shares[rest[i]] = PartOf(claims[rest[i]]) + (i < left ? 1 : 0);
            }

            break;
        }

        return shares;

        int PartOf(in Claim claim) => (int)((long)capacity * claim.Weight / weights);
    }

    /// <summary>Somebody who wants slots.</summary>
    /// <param name="Wanted">How many he could use.</param>
    /// <param name="Holding">How many he has and may keep.</param>
    /// <param name="LastServed">When he was last given one: greater is later.</param>
    /// <param name="Weight">How much of a part he gets, in hundredths of the usual: 1 or more.</param>
    internal readonly record struct Claim(int Wanted, int Holding, long LastServed, int Weight = 100);
}
