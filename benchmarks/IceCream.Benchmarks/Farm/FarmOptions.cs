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

    /// <summary>Another such folder, which is compared with the first; null when systems are.</summary>
    public string? ProgramsB { get; init; }

    /// <summary>How often both folders are measured.</summary>
    public int Pairs { get; init; }

    /// <summary>Where sources are kept between runs.</summary>
    public required string Cache { get; init; }

    /// <exception cref="ArgumentException">An option is unknown or out of its range.</exception>
    public static FarmOptions Parse(ReadOnlySpan<string> arguments)
    {
        var given = new NamedOptions(
            arguments, "--workers", "--slots", "--client-cpu", "--worker-cpu", "--jobs", "--rate", "--every", "--files", "--repeat", "--corpus", "--systems", "--bin", "--bin-b", "--pairs", "--cache");
        string corpus = given.Text("--corpus", "abseil"), other = given.Text("--bin-b", "");
        if (other.Length == 0 && given.Has("--pairs"))
        {
            throw new ArgumentException("--pairs says how often --bin-b is compared with --bin: it needs --bin-b.");
        }

        if (other.Length > 0 && (given.Has("--systems") || given.Has("--repeat")))
        {
            throw new ArgumentException("--bin-b compares two folders of programs: it goes with neither --systems nor --repeat, but with --pairs.");
        }

        var options = new FarmOptions
        {
            Workers = given.Count("--workers", 6),
            Slots = given.Count("--slots", 1),
            ClientCpu = given.Amount("--client-cpu", 0.25),
            WorkerCpu = given.Amount("--worker-cpu", 0.25),
            Jobs = given.Count("--jobs", 12),
            Rate = given.Text("--rate", "1gbit"),
            Every = given.Count("--every", FarmCorpus.IsC(corpus) ? 1 : 3),
            Files = given.Count("--files", FarmCorpus.IsC(corpus) ? 40 : 32),
            Repeat = given.Count("--repeat", 2),
            Corpus = FarmCorpus.Names.Contains(corpus) ? corpus
                : throw new ArgumentException($"There is no corpus '{corpus}'. Corpora: {string.Join(' ', FarmCorpus.Names)}."),
            Systems = given.Text("--systems", "local,icelib,distcc,distcc-pump,icecc").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
            Programs = Path.GetFullPath(given.Text("--bin", Path.Combine("artifacts", "bin"))),
            ProgramsB = other.Length > 0 ? Path.GetFullPath(other) : null,
            Pairs = given.Count("--pairs", 5),
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
