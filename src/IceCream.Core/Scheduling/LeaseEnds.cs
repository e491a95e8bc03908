namespace IceCream.Scheduling;

/// <summary>
/// Leases by their end. A lease is due once no more than half of its time is left, and also when it ends later than one that is renewed now would:
/// then the clock was set back, and its end means nothing any more.
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

    /// <summary>A lease that is due; null when none is. One that has been extended to the same moment is not.</summary>
    public RosterLease? Due(DateTimeOffset now) =>
        leases.Min is { } first && first.Expires - now <= leaseTime / 2 ? first
        : leases.Max is { } last && last.Expires - now > leaseTime ? last
        : null;
}
