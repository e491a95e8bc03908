using IceCream.Benchmarks.Corpora;
using IceCream.Benchmarks.Processes;

namespace IceCream.Benchmarks.Identity;

/// <summary>Compiles units into one folder, and puts what came of it aside. Every build writes to the same paths, which depfiles and debug information name.</summary>
/// <param name="units">What is compiled.</param>
/// <param name="variant">How.</param>
/// <param name="jobs">How many at once.</param>
/// <param name="folder">The outputs' folder.</param>
internal sealed class UnitBuild(IReadOnlyList<Unit> units, Variant variant, int jobs, string folder)
{
    /// <summary>Which unit a file of an outcome belongs to; null when none.</summary>
    public Unit? UnitOf(string file) => units.Select((unit, number) => (Unit: unit, Stem: Stem(number)))
        .FirstOrDefault(pair => file.StartsWith($"{pair.Stem}.", StringComparison.Ordinal)).Unit;

    /// <summary>Compiles, and moves everything that appeared to <paramref name="kept"/>, with what each compiler said and its exit code.</summary>
    /// <param name="chosen">Which units; the others are left out.</param>
    /// <param name="launcher">What is put in front of compilers.</param>
    /// <param name="environment">Theirs.</param>
    /// <param name="kept">A folder that is replaced.</param>
    /// <param name="cancellationToken">Ends the build.</param>
    /// <returns>The units whose compile failed.</returns>
    public async Task<IReadOnlyList<Unit>> RunAsync(
        Func<Unit, bool> chosen, IReadOnlyList<string> launcher, IReadOnlyDictionary<string, string> environment, string kept, CancellationToken cancellationToken)
    {
        Clear(folder);
        Directory.CreateDirectory(folder);
        var answers = new ToolAnswer?[units.Count];
        await Parallel.ForAsync(0, units.Count, new ParallelOptions { MaxDegreeOfParallelism = jobs, CancellationToken = cancellationToken }, async (number, ending) =>
        {
            Unit unit = units[number];
            if (chosen(unit))
            {
                answers[number] = await Tool.AskAsync(
                    variant.Command(unit, launcher, Path.Combine(folder, Stem(number))), ending, unit.Folder, environment);
            }
        });

        Clear(kept);
        Directory.Move(folder, kept);
        foreach ((int number, ToolAnswer? answer) in answers.Index())
        {
            if (answer is not null)
            {
                string stem = Path.Combine(kept, Stem(number));
                await File.WriteAllTextAsync($"{stem}.stdout", answer.Output, cancellationToken);
                await File.WriteAllTextAsync($"{stem}.stderr", answer.Errors, cancellationToken);
                await File.WriteAllTextAsync($"{stem}.exit", $"{answer.ExitCode}", cancellationToken);
            }
        }

        return [.. answers.Index().Where(static answer => answer.Item is { ExitCode: not 0 }).Select(answer => units[answer.Index])];
    }

    private static void Clear(string path)
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
    }

    private string Stem(int number) => $"{number:000}-{Path.GetFileNameWithoutExtension(units[number].Source)}";
}
