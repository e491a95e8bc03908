using System.Globalization;
using System.Runtime.InteropServices;
using IceCream.Benchmarks.Corpora;
using IceCream.Benchmarks.Farm.Systems;
using IceCream.Benchmarks.Processes;

namespace IceCream.Benchmarks.Farm;

/// <summary>
/// Systems side by side on a farm of this machine's own: each node is a network namespace with a quota of processor time and a link with a
/// rate. Prints one table.
/// </summary>
internal static class FarmFigures
{
    private const int Unfit = 2, Interrupted = 130;

    /// <returns>The exit code: 0, 1 when a compile failed, 2 when this machine cannot do it.</returns>
    public static async Task<int> PrintAsync(string[] arguments, TextWriter output, TextWriter errors)
    {
        using var ending = new CancellationTokenSource();
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End), termination = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        try
        {
            FarmOptions options = FarmOptions.Parse(arguments);
            CMakeProject corpus = CMakeProject.Find(options.Corpus);
            FarmSystem[] systems = [.. options.Systems.Select(name => Make(name, options))];
            if (FarmNetwork.FindLack() is { } lack)
            {
                throw new UnfitException($"The farm benchmark needs {lack}.");
            }

            Sources sources = await corpus.PrepareAsync(options.Cache, ending.Token);
            sources = sources with { Commands = [.. sources.Commands.Where((_, number) => number % options.Every == 0).Take(options.Files)] };
            return await CompareAsync(options, sources, systems, output, ending.Token) ? 0 : 1;
        }
        catch (Exception e) when (e is ArgumentException or UnfitException)
        {
            errors.WriteLine($"farm: {e.Message}");
            return Unfit;
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            errors.WriteLine("farm: interrupted; the farm is gone.");
            return Interrupted;
        }

        void End(PosixSignalContext context)
        {
            // The farm is taken down first.
            context.Cancel = true;
            ending.Cancel();
        }
    }

    private static FarmSystem Make(string name, FarmOptions options) => name switch
    {
        "local" => new LocalSystem(),
        "icelib" => new IceLibSystem(options.Programs, options.Slots),
        "distcc" => new DistccSystem(pump: false, options.Slots),
        "distcc-pump" => new DistccSystem(pump: true, options.Slots),
        "icecc" => new IceccSystem(options.Slots),
        _ => throw new ArgumentException($"There is no system '{name}'. Systems: local icelib distcc distcc-pump icecc."),
    };

    /// <returns>Whether every compile succeeded.</returns>
    private static async Task<bool> CompareAsync(
        FarmOptions options, Sources sources, IReadOnlyList<FarmSystem> systems, TextWriter output, CancellationToken cancellationToken)
    {
        output.WriteLine($"{options} {sources.Commands.Count} files of {sources.Version}; {Environment.ProcessorCount} processors in all.\n");
        output.WriteLine("| system | round | pass | wall s | client CPU s | client CPU ms per file | worker CPU s | failures | remote | identical to local |");
        output.WriteLine("|---|---:|---|---:|---:|---:|---:|---:|---:|---:|");
        var complaints = new List<string>();
        IReadOnlyList<string?>? local = null;
        string folder = Path.Combine(options.Cache, "objects");
        var build = new Build(sources.Commands, options.Jobs, folder);
        for (int round = 1; round <= options.Repeat; round++)
        {
            foreach (FarmSystem system in systems)
            {
                if (system.Needs.FirstOrDefault(static program => Tool.Find(program) is null) is { } missing)
                {
                    output.WriteLine($"| {system.Name} | {round} | skipped: no '{missing}' | | | | | | | |");
                    continue;
                }

                await using FarmNetwork farm = await FarmNetwork.StartAsync(options, cancellationToken);
                IReadOnlyDictionary<string, string> environment = await system.StartAsync(farm, cancellationToken);
                foreach (string pass in system.Passes)
                {
                    if (pass == IceLibSystem.Touched)
                    {
                        File.SetLastWriteTimeUtc(sources.Header, TimeProvider.System.GetUtcNow().UtcDateTime);
                    }

                    long before = await system.CountRemoteAsync(farm, cancellationToken);
                    BuildOutcome outcome = await build.RunAsync(farm, system.Launcher, environment, cancellationToken);
                    long remote = await system.CountRemoteAsync(farm, cancellationToken) - before;
                    local ??= system is LocalSystem ? outcome.Objects : null;
                    output.WriteLine(Row(system.Name, round, pass, outcome, remote, local));
                    await output.FlushAsync(cancellationToken);
                    if (outcome.Complaint.Length > 0)
                    {
                        complaints.Add($"{system.Name}, round {round}, {pass}:\n{outcome.Complaint}");
                    }
                }
            }
        }

        complaints.ForEach(complaint => output.WriteLine($"\n{complaint}"));
        return complaints.Count == 0;
    }

    private static string Row(string system, int round, string pass, BuildOutcome outcome, long remote, IReadOnlyList<string?>? local)
    {
        int files = outcome.Objects.Count;
        string identical = local is null ? "–" : $"{outcome.Objects.Zip(local).Count(static pair => pair.First is not null && pair.First == pair.Second)} of {files}";
        return string.Create(CultureInfo.InvariantCulture, $"""
            | {system} | {round} | {pass} | {outcome.Wall.TotalSeconds:0.0} | {outcome.ClientCpu.TotalSeconds:0.00} | {outcome.ClientCpu.TotalMilliseconds / files:0.0} | {outcome.WorkerCpu.TotalSeconds:0.0} | {outcome.Failures} | {100.0 * remote / files:0} % | {identical} |
            """);
    }
}
