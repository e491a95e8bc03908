using IceCream.Jobs;

namespace IceCream.Scheduling;

/// <summary>What the owner of a farm grants a user.</summary>
/// <param name="Weight">His part of the slots, where others have 1 unless something else is said of them.</param>
/// <param name="AtBest">The class of his jobs at best: those that claim a better one are in this.</param>
internal sealed record UserShare(double Weight = 1, PriorityClass AtBest = PriorityClass.Interactive)
{
    /// <summary>The least and the greatest weight.</summary>
    public const double Least = 0.01, Most = 100;
}
