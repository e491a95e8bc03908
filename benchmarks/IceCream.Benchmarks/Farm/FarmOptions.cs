using System.Globalization;
using IceCream.Benchmarks.Corpora;

namespace IceCream.Benchmarks.Farm;

/// <summary>What <c>farm</c> measures. The defaults are the run that is quoted.</summary>
internal sealed record FarmOptions
{
    public required int Workers { get; init; }

    public required int Slots { get; init; }

    /// <summary>In processors.</summary>
    public required double ClientCpu { get; init; }

    /// <summary>In processors, for each worker.</summary>
    public required double WorkerCpu { get; init; }

    /// <summary>How many compiles the build runs at once.</summary>
    public required int Jobs { get; init; }

    /// <summary>The rate of each node's link, as <c>tc</c> reads it.</summary>
    public required string Rate { get; init; }

    /// <summary>Each how many-th file is taken: from all over a project rather than the first folder of it.</summary>
    public required int Every { get; init; }

    /// <summary>How many files at most.</summary>
    public required int Files { get; init; }

    public required int Repeat { get; init; }

    public required string Corpus { get; init; }

    public required IReadOnlyList<string> Systems { get; init; }

    /// <summary>The folder with <c>icehost</c> and <c>icelaunch</c>.</summary>
    public required string Programs { get; init; }

    /// <summary>Where sources are kept between runs.</summary>
    public required string Cache { get; init; }

    /// <exception cref="ArgumentException">An option is unknown or out of its range.</exception>
    public static FarmOptions Parse(ReadOnlySpan<string> arguments)
    {
        var given = new NamedOptions(
            arguments, "--workers", "--slots", "--client-cpu", "--worker-cpu", "--jobs", "--rate", "--every", "--files", "--repeat", "--corpus", "--systems", "--bin", "--cache");
        var options = new FarmOptions
        {
            Workers = given.Count("--workers", 6),
            Slots = given.Count("--slots", 1),
            ClientCpu = given.Amount("--client-cpu", 0.25),
            WorkerCpu = given.Amount("--worker-cpu", 0.25),
            Jobs = given.Count("--jobs", 12),
            Rate = given.Text("--rate", "1gbit"),
            Every = given.Count("--every", 3),
            Files = given.Count("--files", 32),
            Repeat = given.Count("--repeat", 2),
            Corpus = given.Text("--corpus", "abseil"),
            Systems = given.Text("--systems", "local,icelib,distcc,distcc-pump,icecc").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
            Programs = Path.GetFullPath(given.Text("--bin", Path.Combine("artifacts", "bin"))),
            Cache = Path.GetFullPath(given.Text("--cache", DebianSource.DefaultCache)),
        };
        return options.Workers <= FarmNetwork.MostWorkers
            ? options
            : throw new ArgumentException($"--workers is {options.Workers}, but must be 1 to {FarmNetwork.MostWorkers}.");
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"""
        Client of {ClientCpu} processors, {Workers} workers of {WorkerCpu} processors and {Slots} slot{(Slots == 1 ? "" : "s")} each, links of {Rate}, {Jobs} jobs at once.
        """);
}
