using IceCream.Benchmarks.Corpora;

namespace IceCream.Benchmarks.Identity;

/// <summary>What <c>identity</c> compares. The defaults are the run that is quoted, but for the kernel, which is asked for.</summary>
internal sealed record IdentityOptions
{
    private const string All = "--all";

    /// <summary>The names of corpora, in the order of the run.</summary>
    public required IReadOnlyList<string> Corpora { get; init; }

    /// <summary>The names of variants.</summary>
    public required IReadOnlyList<string> Variants { get; init; }

    /// <summary>How many files of a corpus at most, taken from all over it.</summary>
    public required int Limit { get; init; }

    /// <summary>How often each corpus is compiled by the farm: the second time inputs are remembered.</summary>
    public required int Rounds { get; init; }

    /// <summary>How many compiles at once.</summary>
    public required int Jobs { get; init; }

    /// <summary>The folders of the kernel that are built.</summary>
    public required IReadOnlyList<string> KernelFolders { get; init; }

    /// <summary>The folder with <c>icehost</c> and <c>icelaunch</c>.</summary>
    public required string Programs { get; init; }

    /// <summary>Where sources are kept between runs, and what differed.</summary>
    public required string Cache { get; init; }

    /// <exception cref="ArgumentException">An option is unknown or out of its range.</exception>
    public static IdentityOptions Parse(string[] arguments)
    {
        var given = new NamedOptions(
            [.. arguments.Where(static word => word != All)],
            "--only", "--variants", "--limit", "--rounds", "--jobs", "--kernel-folders", "--bin", "--cache");
        string[] usual = [.. Corpus.Names], every = [.. usual, KernelTree.Name];
        return new IdentityOptions
        {
            Corpora = Known(given, "--only", every, arguments.Contains(All) ? every : usual),
            Variants = Known(given, "--variants", [.. Variant.Names], [.. Variant.Names]),
            Limit = given.Count("--limit", int.MaxValue),
            Rounds = given.Count("--rounds", 1),
            Jobs = given.Count("--jobs", Environment.ProcessorCount + 1),
            KernelFolders = Split(given.Text("--kernel-folders", "lib,kernel,fs")),
            Programs = Path.GetFullPath(given.Text("--bin", Path.Combine("artifacts", "bin"))),
            Cache = Path.GetFullPath(given.Text("--cache", DebianSource.DefaultCache)),
        };
    }

    private static string[] Known(NamedOptions given, string option, IReadOnlyList<string> names, IReadOnlyList<string> otherwise)
    {
        string[] asked = Split(given.Text(option, string.Join(',', otherwise)));
        return asked.FirstOrDefault(name => !names.Contains(name)) is not { } unknown ? asked
            : throw new ArgumentException($"{option}: there is no '{unknown}'. There are: {string.Join(' ', names)}.");
    }

    private static string[] Split(string list) => list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
