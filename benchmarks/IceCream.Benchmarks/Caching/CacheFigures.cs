using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using IceCream.Benchmarks.Corpora;
using IceCream.Benchmarks.Farm;
using IceCream.Benchmarks.Processes;

namespace IceCream.Benchmarks.Caching;

/// <summary>Systems that keep results, side by side on one machine: what a miss adds to a compile, and what a hit costs. Prints one table.</summary>
internal static class CacheFigures
{
    private const int Unfit = 2, Interrupted = 130;

    /// <returns>The exit code: 0, 1 when an object differs from the compiler's own, 2 when this machine cannot do it.</returns>
    public static async Task<int> PrintAsync(string[] arguments, TextWriter output, TextWriter errors)
    {
        using var ending = new CancellationTokenSource();
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End), termination = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        string folder = Directory.CreateTempSubdirectory("icebench-cache-").FullName;
        try
        {
            CacheRunOptions options = CacheRunOptions.Parse(arguments);
            Sources sources = CProject.Names.Contains(options.Corpus)
                ? await CProject.Find(options.Corpus).PrepareAsync(options.Sources, ending.Token)
                : await CMakeProject.Find(options.Corpus).PrepareAsync(options.Sources, ending.Token);
            int every = Math.Max(1, sources.Commands.Count / options.Files);
            CompileCommand[] commands = [.. sources.Commands.Where((_, number) => number % every == 0).Take(options.Files)];
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{commands.Length} files of {sources.Version}, {options.Jobs} at a time, median of {options.Rounds} rounds of hits; {Environment.ProcessorCount} processors.\n"));
            return await CompareAsync(options, new CompilePass(commands, options.Jobs, folder), commands.Length, folder, output, ending.Token) ? 0 : 1;
        }
        catch (Exception e) when (e is ArgumentException or UnfitException)
        {
            errors.WriteLine($"cache: {e.Message}");
            return Unfit;
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            errors.WriteLine("cache: interrupted.");
            return Interrupted;
        }
        finally
        {
            await Tool.AskAsync(["rm", "-rf", folder], CancellationToken.None);
        }

        void End(PosixSignalContext context)
        {
            context.Cancel = true;
            ending.Cancel();
        }
    }

    private static async Task<bool> CompareAsync(CacheRunOptions options, CompilePass pass, int files, string folder, TextWriter output, CancellationToken cancellationToken)
    {
        output.WriteLine("| system | cold wall s | hit wall ms | hit CPU ms | p50 of a hit ms | p99 ms | objects that differ |");
        output.WriteLine("|---|---:|---:|---:|---:|---:|---:|");
        IReadOnlyList<string>? expected = null;
        bool same = true;
        var cold = options.Systems.ToDictionary(static name => name, static _ => new List<double>());
        for (int round = 1; round <= options.Cold; round++)
        {
            foreach (string name in options.Systems)
            {
                // They take turns, so that a busy minute of the machine is everybody's.
                string state = Directory.CreateDirectory(Path.Combine(folder, $"{name}{round}")).FullName;
                await using CachedSystem? system = await CachedSystem.StartAsync(name, options, state, cancellationToken);
                if (system is null)
                {
                    continue;
                }

                await pass.WarmAsync(system.Launcher, system.Environment, cancellationToken);
                (TimeSpan coldWall, _, _) = await MeasureAsync(pass, system, cancellationToken);
                // What a sandbox's processes take of the processor is no child's time of anybody who could be asked: only the wall is compared here.
                cold[name].Add(coldWall.TotalSeconds);
                expected ??= Digests(pass, files);
                if (round == options.Cold)
                {
                    same &= await MeasureHitsAsync(options, name, system, pass, files, expected, cold[name], output, cancellationToken);
                }
            }
        }

        foreach (string name in options.Systems.Where(name => cold[name].Count == 0))
        {
            output.WriteLine($"| {name}: not installed | | | | | | |");
        }

        return same;
    }

    /// <returns>Whether the objects are the compiler's own.</returns>
    private static async Task<bool> MeasureHitsAsync(
        CacheRunOptions options, string name, CachedSystem system, CompilePass pass, int files, IReadOnlyList<string> expected,
        List<double> cold, TextWriter output, CancellationToken cancellationToken)
    {
        var walls = new List<double>();
        var cpus = new List<double>();
        var each = new List<double>();
        while (name != "none" && (walls.Count < options.Rounds || each.Count < options.Hits))
        {
            (TimeSpan wall, TimeSpan cpu, IReadOnlyList<TimeSpan> hits) = await MeasureAsync(pass, system, cancellationToken);
            walls.Add(wall.TotalMilliseconds / files);
            cpus.Add(cpu.TotalMilliseconds / files);
            each.AddRange(hits.Select(static hit => hit.TotalMilliseconds));
        }

        int different = Digests(pass, files).Zip(expected).Count(static pair => pair.First != pair.Second);
        each.Sort();
        output.WriteLine(
            $"| {system.Version} | {Median(cold)} | {Median(walls)} | {Median(cpus)} | {At(each, 0.5)} | {At(each, 0.99)} | {different} |");
        return different == 0;
    }

    /// <summary>One pass, with what the system's server took for it.</summary>
    private static async Task<(TimeSpan Wall, TimeSpan Cpu, IReadOnlyList<TimeSpan> Each)> MeasureAsync(CompilePass pass, CachedSystem system, CancellationToken cancellationToken)
    {
        TimeSpan before = system.ServerCpu();
        PassOutcome outcome = await pass.RunAsync(system.Launcher, system.Environment, cancellationToken);
        return (outcome.Wall, outcome.Cpu + system.ServerCpu() - before, outcome.Each);
    }

    private static IReadOnlyList<string> Digests(CompilePass pass, int files) =>
        [.. Enumerable.Range(0, files).Select(number => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(Path.Combine(pass.Objects, $"{number}.o")))))];

    private static string Median(List<double> values) => values.Count == 0 ? "" : Spread.Of(values).Median.ToString("0.00", CultureInfo.InvariantCulture);

    private static string At(List<double> sorted, double share) =>
        sorted.Count == 0 ? "" : sorted[Math.Min((int)(share * sorted.Count), sorted.Count - 1)].ToString("0.00", CultureInfo.InvariantCulture);
}
