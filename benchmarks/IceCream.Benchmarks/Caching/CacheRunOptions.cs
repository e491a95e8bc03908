using IceCream.Benchmarks.Corpora;

namespace IceCream.Benchmarks.Caching;

/// <summary>What <c>cache</c> measures. The defaults are the run that is quoted.</summary>
internal sealed record CacheRunOptions
{
    /// <summary>Whose files are compiled.</summary>
    public required string Corpus { get; init; }

    /// <summary>How many files, taken from all over the corpus.</summary>
    public required int Files { get; init; }

    /// <summary>How often all of them are compiled with nothing known; the median counts.</summary>
    public required int Cold { get; init; }

    /// <summary>How often all of them are asked for again; the median counts.</summary>
    public required int Rounds { get; init; }

    /// <summary>How many hits the slowest hundredth is taken of.</summary>
    public required int Hits { get; init; }

    /// <summary>How many compiles at once.</summary>
    public required int Jobs { get; init; }

    /// <summary>The systems, in the order of the run.</summary>
    public required IReadOnlyList<string> Systems { get; init; }

    /// <summary>The folder with <c>icehost</c> and <c>icelaunch</c>.</summary>
    public required string Programs { get; init; }

    /// <summary>Where sources are kept between runs.</summary>
    public required string Sources { get; init; }

    /// <exception cref="ArgumentException">An option is unknown or out of its range.</exception>
    public static CacheRunOptions Parse(string[] arguments)
    {
        var given = new NamedOptions(arguments, "--corpus", "--files", "--cold", "--rounds", "--hits", "--jobs", "--systems", "--bin", "--cache");
        string[] corpora = [.. CMakeProject.Names, .. CProject.Names];
        string corpus = given.Text("--corpus", "abseil");
        string[] systems = given.Text("--systems", string.Join(',', CachedSystem.Names)).Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return new CacheRunOptions
        {
            Corpus = corpora.Contains(corpus) ? corpus : throw new ArgumentException($"--corpus: there is no '{corpus}'. There are: {string.Join(' ', corpora)}."),
            Files = given.Count("--files", 32),
            Cold = given.Count("--cold", 3),
            Rounds = given.Count("--rounds", 5),
            Hits = given.Count("--hits", 2000),
            Jobs = given.Count("--jobs", 2),
            Systems = systems.FirstOrDefault(static system => !CachedSystem.Names.Contains(system)) is { } unknown
                ? throw new ArgumentException($"--systems: there is no '{unknown}'. There are: {string.Join(' ', CachedSystem.Names)}.") : systems,
            Programs = Path.GetFullPath(given.Text("--bin", Path.Combine("artifacts", "bin"))),
            Sources = Path.GetFullPath(given.Text("--cache", DebianSource.DefaultCache)),
        };
    }
}
