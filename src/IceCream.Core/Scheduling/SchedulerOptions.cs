using System.Collections.Immutable;

namespace IceCream.Scheduling;

internal sealed record SchedulerOptions
{
    /// <summary>How long a lease is valid; it is renewed when half of the time has passed.</summary>
    /// <value>One second to one day. Default: 30 seconds.</value>
    public TimeSpan LeaseTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The number of the first lease. A scheduler that succeeds another one starts above it, so that leases which agents bring along keep their
    /// numbers.
    /// </summary>
    /// <value>1 or more. Default: 1.</value>
    public long FirstLease { get; init; } = 1;

    /// <summary>The shares of users, by name. Users without an entry have the default <see cref="UserShare"/>.</summary>
    /// <value>Weights of 0.01 to 100. Default: empty.</value>
    public ImmutableDictionary<string, UserShare> Shares { get; init; } = ImmutableDictionary<string, UserShare>.Empty;

    /// <summary>
    /// The exploration rate: each suitable worker is granted a lease again within this many grants per worker of its platform, and one more, regardless
    /// of its estimated speed. So at most one lease in this many goes to a worker that the policy would not have chosen. 0: only the policy decides.
    /// </summary>
    public int TryAgainWithin { get; init; } = 32;

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="ArgumentException">A value is out of its range; the message names it.</exception>
    public void Validate()
    {
        if (LeaseTime < TimeSpan.FromSeconds(1) || LeaseTime > TimeSpan.FromDays(1))
        {
            throw new ArgumentException($"{nameof(LeaseTime)} is {LeaseTime}, where one second to one day is allowed.");
        }

        foreach ((string user, UserShare share) in Shares)
        {
            if (share is not { Weight: >= UserShare.Least and <= UserShare.Most } || !Enum.IsDefined(share.AtBest))
            {
                throw new ArgumentException($"The share of '{user}' is {share}, where a weight of {UserShare.Least} to {UserShare.Most} and one of the classes are allowed.");
            }
        }

        if (FirstLease < 1)
        {
            throw new ArgumentException($"{nameof(FirstLease)} is {FirstLease}, where 1 or more is allowed.");
        }
    }
}
