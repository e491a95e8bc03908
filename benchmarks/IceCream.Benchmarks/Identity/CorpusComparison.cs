using System.Runtime.CompilerServices;
using IceCream.Benchmarks.Corpora;

namespace IceCream.Benchmarks.Identity;

/// <summary>A corpus, compiled here and on a farm of its own, in every variant.</summary>
internal sealed class CorpusComparison(Corpus corpus, IdentityOptions options)
{
    /// <summary>How often what differs is compiled here again, before it is believed that it would always be the same.</summary>
    private const int MostRepeats = 10;

    private static readonly Dictionary<string, string> Plain = [];

    /// <summary>One row for each variant and round. What differs is kept in the cache, in <c>identity/CORPUS-VARIANT/</c>.</summary>
    public async IAsyncEnumerable<IdentityRow> CompareAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        IReadOnlyList<Unit> all = await corpus.Prepare(options.Cache, cancellationToken);
        int step = Math.Max(1, (int)Math.Ceiling((double)all.Count / options.Limit));
        IReadOnlyList<Unit> units = [.. all.Where((_, number) => number % step == 0)];
        await using LoopbackFarm farm = await LoopbackFarm.StartAsync(options.Programs, cancellationToken);
        AgentReport before = AgentReport.Nothing;
        foreach (Variant variant in options.Variants.Select(Variant.Find))
        {
            string folder = Path.Combine(options.Cache, "identity", $"{corpus.Name}-{variant.Name}");
            string here = Path.Combine(folder, "here"), there = Path.Combine(folder, "farm"), again = Path.Combine(folder, "again");
            Directory.CreateDirectory(folder);
            var build = new UnitBuild(units, variant, options.Jobs, Path.Combine(folder, "out"));
            IReadOnlyList<Unit> failures = await build.RunAsync(static _ => true, [], Plain, here, cancellationToken);
            bool good = true;
            for (int round = 1; round <= options.Rounds && good; round++)
            {
                await build.RunAsync(static _ => true, farm.Launcher, farm.Environment, there, cancellationToken);
                AgentReport now = await farm.ReportAsync(cancellationToken);
                IReadOnlyList<string> different = FolderComparison.Differences(here, there, static _ => true), fickle = [];
                // Clang's warnings about unused types, for one, come in the order of addresses: one time in four they are not as the time before.
                for (int time = 0; time < MostRepeats && different.Except(fickle).ToArray() is { Length: > 0 } steady; time++)
                {
                    HashSet<Unit?> suspects = [.. steady.Select(build.UnitOf)];
                    await build.RunAsync(suspects.Contains, [], Plain, again, cancellationToken);
                    IReadOnlyList<string> moved = FolderComparison.Differences(here, again, name => suspects.Contains(build.UnitOf(name)));
                    fickle = [.. fickle.Union(moved.Intersect(different))];
                }

                yield return new IdentityRow(
                    corpus.Name, options.Rounds == 1 ? variant.Name : $"{variant.Name}, round {round}", units.Count, now.Without(before),
                    [.. different.Except(fickle).Select(Describe)], [.. fickle.Select(Describe)], [.. failures.Select(static unit => unit.Source)], !corpus.IsWhole);
                before = now;
                good = different.Count == fickle.Count;
            }

            if (good)
            {
                Directory.Delete(folder, recursive: true);
            }

            string Describe(string file) => $"{file} of {build.UnitOf(file)?.Source ?? "no source"}";
        }
    }
}
