namespace IceCream.Simulation;

/// <summary>What must hold in a simulation, whoever looks at it.</summary>
internal static class Invariant
{
    /// <exception cref="InvalidOperationException">It does not.</exception>
    public static void Holds(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new InvalidOperationException(otherwise);
        }
    }

    /// <exception cref="InvalidOperationException">The two are not the same.</exception>
    public static void Same<T>(T expected, T found, string what) =>
        Holds(EqualityComparer<T>.Default.Equals(expected, found), $"{what}: {found}, where {expected} is right.");
}
