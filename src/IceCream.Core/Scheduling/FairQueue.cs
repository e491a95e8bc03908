namespace IceCream.Scheduling;

/// <summary>
/// Divides slots by weights (weighted max-min fairness): no claim gets more than it wants, and the slots per weight of claims that still want some
/// differ by at most one slot.
/// </summary>
internal static class FairQueue
{
    /// <summary>The number of slots that each claim is entitled to.</summary>
    /// <remarks>
    /// The remainder of the division stays with the claims that hold most, so that no lease moves for the sake of one slot. Among equals it goes to
    /// the claim that was served longest ago, so that each gets its turn.
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

            // None of the remaining claims gets all that it wants.
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

    /// <summary>A claim to slots.</summary>
    /// <param name="Wanted">How many slots it could use.</param>
    /// <param name="Holding">How many slots it has and may keep.</param>
    /// <param name="LastServed">When it was last granted a slot: greater is later.</param>
    /// <param name="Weight">Its weight in hundredths of the usual one: 1 or more.</param>
    internal readonly record struct Claim(int Wanted, int Holding, long LastServed, int Weight = 100);
}
