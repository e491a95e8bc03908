using IceCream.Benchmarks.Corpora;

namespace IceCream.Benchmarks.Identity.Random;

/// <summary>What <c>identity --random</c> generates, and where it runs.</summary>
/// <param name="Pairs">How many commands are compared.</param>
/// <param name="Seed">The same seed and the same number of pairs make the same cases.</param>
/// <param name="Minutes">After which no case begins.</param>
/// <param name="Lanes">How many cases at once.</param>
/// <param name="Shrinks">How many cases of the same constructs are made smaller.</param>
/// <param name="Only">The constructs that are used; none: all.</param>
/// <param name="Programs">The folder with <c>icehost</c> and <c>icelaunch</c>.</param>
/// <param name="Cache">Scripts go to <c>identity/</c> in it.</param>
internal sealed record RandomOptions(
    int Pairs, int Seed, double Minutes, int Lanes, int Shrinks, IReadOnlyList<string> Only, string Programs, string Cache)
{
    public const string Word = "--random";

    /// <exception cref="ArgumentException">An option is unknown or out of its range.</exception>
    public static RandomOptions Parse(string[] arguments)
    {
        var given = new NamedOptions(arguments, Word, "--seed", "--minutes", "--jobs", "--shrink", "--only", "--bin", "--cache");
        return new RandomOptions(
            given.Count(Word, 1000), given.Count("--seed", 1), given.Amount("--minutes", 24 * 60), given.Count("--jobs", Environment.ProcessorCount + 1),
            given.Count("--shrink", 3), given.Text("--only", "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
            Path.GetFullPath(given.Text("--bin", Path.Combine("artifacts", "bin"))), Path.GetFullPath(given.Text("--cache", DebianSource.DefaultCache)));
    }
}
