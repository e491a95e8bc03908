using System.Diagnostics;
using System.Text;
using IceCream.Benchmarks.Identity.Random.Constructs;
using IceCream.Benchmarks.Processes;

namespace IceCream.Benchmarks.Identity.Random;

/// <summary>Runs generated cases on a farm, several at once, and hands out a script for each one that differs.</summary>
internal sealed class RandomFigures(RandomOptions options, TextWriter output)
{
    /// <summary>Cases that are tried in making one smaller.</summary>
    private const int Tries = 150;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    private readonly RandomReport _report = new();
    private readonly Dictionary<string, int> _shrunk = [];
    private readonly Lock _turn = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("icebench-random-").FullName;
    private readonly long _began = Stopwatch.GetTimestamp();
    private int _folders;

    private bool IsInTime => Stopwatch.GetElapsedTime(_began).TotalMinutes < options.Minutes;

    /// <returns>Whether everything was the same.</returns>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        string? unknown = options.Only.FirstOrDefault(static kind => !Construct.All.Any(construct => construct.Kind == kind));
        if (unknown is not null)
        {
            throw new ArgumentException($"--only: there is no '{unknown}'. There are: {string.Join(", ", Construct.All.Select(static construct => construct.Kind))}.");
        }

        var machine = Machine.Find();
        output.WriteLine($"{options.Pairs} pairs, seed {options.Seed}, compilers: {string.Join(' ', machine.Compilers.Distinct())}");
        await using PairFarm farm = await PairFarm.StartAsync(options.Programs, cancellationToken);
        try
        {
            await Parallel.ForEachAsync(
                Cases(new CaseGenerator(options.Seed, machine, options.Only)), new ParallelOptions { MaxDegreeOfParallelism = options.Lanes, CancellationToken = cancellationToken },
                async (@case, ending) => await TryAsync(@case, farm, ending));
        }
        finally
        {
            // Also when it is interrupted.
            _report.Write(output, Stopwatch.GetElapsedTime(_began));
            await Tool.AskAsync(["rm", "-rf", _folder], CancellationToken.None);
        }

        return _report.IsGood;
    }

    private IEnumerable<Case> Cases(CaseGenerator generator)
    {
        int pairs = 0;
        for (int number = 0; pairs < options.Pairs && IsInTime; number++)
        {
            Case made = generator.Make(number);
            pairs += made.Pairs;
            yield return made;
        }
    }

    private async Task TryAsync(Case @case, PairFarm farm, CancellationToken cancellationToken)
    {
        CaseRun run = await CaseRun.RunAsync(@case, NextFolder(), farm, cancellationToken);
        lock (_turn)
        {
            _report.Add(@case, run);
            if (run.Trouble.Length > 0)
            {
                output.WriteLine($"case {@case.Number} ({string.Join(", ", @case.Kinds)}) does not work: {run.Trouble}");
            }
        }

        if (run.IsDifferent)
        {
            await ShowAsync(@case, run, farm, cancellationToken);
        }
    }

    private async Task ShowAsync(Case @case, CaseRun run, PairFarm farm, CancellationToken cancellationToken)
    {
        string kinds = string.Join(" + ", @case.Kinds);
        bool isSound = await farm.IsSoundAsync(run.Hung, cancellationToken);
        bool isNew;
        lock (_turn)
        {
            _shrunk[kinds] = _shrunk.GetValueOrDefault(kinds) + 1;
            isNew = _shrunk[kinds] <= options.Shrinks && IsInTime;
        }

        string note = isSound ? "" : "; the farm takes no jobs any more, and is replaced";
        if (isNew)
        {
            if (!(await RunAsync(@case)).IsDifferent)
            {
                note += "; not when it was tried again";
            }
            else
            {
                // A lesser difference is not taken for the one that was found.
                string weight = run.Weight;
                Case smaller = await new Shrinking(async tried => await RunAsync(tried) is { IsDifferent: true } seen && seen.Weight == weight, Tries, Patience).ShrinkAsync(@case);
                CaseRun last = await RunAsync(smaller);
                (@case, run) = last.IsDifferent ? (smaller, last) : (@case, run);
            }

            // What was tried may have spoilt it as well.
            await farm.IsSoundAsync(run.Hung, cancellationToken);
        }

        string path = Path.Combine(options.Cache, "identity", $"random-{@case.Seed}-{@case.Number}.sh");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllTextAsync(path, CaseScript.Render(@case), Encoding.Latin1, cancellationToken);
        lock (_turn)
        {
            output.WriteLine($"\ncase {@case.Number} ({kinds}){note}: {path}\n{run.Differs}");
            output.Flush();
        }

        Task<CaseRun> RunAsync(Case tried) => CaseRun.RunAsync(tried, NextFolder(), farm, cancellationToken);
    }

    private string NextFolder() => Path.Combine(_folder, $"c{Interlocked.Increment(ref _folders)}");
}
