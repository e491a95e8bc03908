using IceCream.Jobs;

namespace IceCream.Scheduling;

/// <summary>The share that the owner of a farm grants a user.</summary>
/// <param name="Weight">The user's weight in the division of slots; users without an entry have 1.</param>
/// <param name="AtBest">The best class of the user's jobs: a better claimed class is lowered to this one.</param>
internal sealed record UserShare(double Weight = 1, PriorityClass AtBest = PriorityClass.Interactive)
{
    /// <summary>The least and the greatest weight.</summary>
    public const double Least = 0.01, Most = 100;
}
