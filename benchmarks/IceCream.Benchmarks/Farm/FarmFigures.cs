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
            FarmSystem[] systems = [.. options.Systems.Select(name => Make(name, options))];
            if (FarmNetwork.FindLack() is { } lack)
            {
                throw new UnfitException($"The farm benchmark needs {lack}.");
            }

            Sources sources = await FarmCorpus.PrepareAsync(options, ending.Token);
            output.WriteLine($"{options} {sources.Commands.Count} files of {sources.Version}; {Environment.ProcessorCount} processors in all.\n");
            bool good = options.ProgramsB is null
                ? await CompareAsync(options, sources, systems, output, ending.Token)
                : await FarmPairs.CompareAsync(options, sources, output, ending.Token);
            return good ? 0 : 1;
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
        var table = new FarmTable(output, "local");
        table.Begin();
        var passes = new Passes(sources, options.Jobs, Path.Combine(options.Cache, "objects"));
        for (int round = 1; round <= options.Repeat; round++)
        {
            foreach (FarmSystem system in systems)
            {
                if (system.Needs.FirstOrDefault(static program => Tool.Find(program) is null) is { } missing)
                {
                    table.Skip(system.Name, round, missing);
                    continue;
                }

                await using FarmNetwork farm = await FarmNetwork.StartAsync(options, cancellationToken);
                await foreach (PassOutcome pass in passes.RunAsync(farm, system, cancellationToken))
                {
                    table.Expected ??= system is LocalSystem ? pass.Build.Objects : null;
                    table.Write(system.Name, round, pass);
                }
            }
        }

        return table.End();
    }
}
