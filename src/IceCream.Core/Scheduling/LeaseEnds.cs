namespace IceCream.Scheduling;

/// <summary>
/// Leases ordered by their end. A lease is due for renewal when at most half of its time is left. It is also due when it ends later than a lease
/// renewed now would: the clock was then set back, and its end has no meaning any more.
/// </summary>
internal sealed class LeaseEnds(TimeSpan leaseTime)
{
    private readonly SortedSet<RosterLease> leases = new(Comparer<RosterLease>.Create(static (one, other) =>
        one.Expires.CompareTo(other.Expires) is var order and not 0 ? order : one.Id.CompareTo(other.Id)));

    /// <summary>Gives a lease its full time from now on.</summary>
    public void Extend(RosterLease lease, DateTimeOffset now)
    {
        leases.Remove(lease);
        lease.Expires = now + leaseTime;
        leases.Add(lease);
    }

    public void Remove(RosterLease lease) => leases.Remove(lease);

    /// <summary>A lease that is due; null when none is. A lease that was extended at this same time is not due.</summary>
    public RosterLease? Due(DateTimeOffset now) =>
        leases.Min is { } first && first.Expires - now <= leaseTime / 2 ? first
        : leases.Max is { } last && last.Expires - now > leaseTime ? last
        : null;
}
