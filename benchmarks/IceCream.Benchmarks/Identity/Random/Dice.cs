namespace IceCream.Benchmarks.Identity.Random;

/// <summary>Chance that comes out the same for the same seed.</summary>
internal sealed class Dice(int seed)
{
    private readonly System.Random _random = new(seed);

    /// <summary>Of one case of a run.</summary>
    public static Dice Of(int seed, int number) => new(unchecked((seed * 1_000_003) ^ (number * 7919)));

    /// <summary>Whether what happens in so many of a hundred cases happens.</summary>
    public bool Chance(int percent) => _random.Next(100) < percent;

    /// <summary>From 0 to one less than the limit.</summary>
    public int Below(int limit) => _random.Next(limit);

    public T Pick<T>(params ReadOnlySpan<T> choices) => choices[_random.Next(choices.Length)];

    public T[] Shuffled<T>(params ReadOnlySpan<T> items)
    {
        T[] mixed = items.ToArray();
        _random.Shuffle(mixed);
        return mixed;
    }
}
