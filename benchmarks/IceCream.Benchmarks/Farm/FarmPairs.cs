using System.Globalization;
using IceCream.Benchmarks.Corpora;
using IceCream.Benchmarks.Farm.Systems;
using IceCream.Benchmarks.Processes;

namespace IceCream.Benchmarks.Farm;

/// <summary>
/// Two folders of programs in turn on one farm: A B A B. What a machine makes of the same work differs more from hour to hour than most
/// changes do, so only what was measured one right after the other is divided, and the quotients are what is quoted.
/// </summary>
internal static class FarmPairs
{
    private static readonly (string Name, Func<BuildOutcome, TimeSpan> Of)[] Figures =
    [
        ("client CPU per file", static build => build.ClientCpu),
        ("worker CPU per file", static build => build.WorkerCpu),
        ("wall", static build => build.Wall),
    ];

    /// <returns>Whether every compile succeeded.</returns>
    /// <exception cref="UnfitException">Programs are missing.</exception>
    public static async Task<bool> CompareAsync(FarmOptions options, Sources sources, TextWriter output, CancellationToken cancellationToken)
    {
        IceLibSystem[] systems = [new(options.Programs, options.Slots), new(options.ProgramsB!, options.Slots)];
        if (systems.SelectMany(static system => system.Needs).FirstOrDefault(static program => Tool.Find(program) is null) is { } missing)
        {
            throw new UnfitException($"There is no '{missing}'.");
        }

        output.WriteLine($"A: {options.Programs}. B: {options.ProgramsB}.\n");
        var table = new FarmTable(output, "the first");
        table.Begin();
        var passes = new Passes(sources, options.Jobs, Path.Combine(options.Cache, "objects"));
        var outcomes = new List<PassOutcome>[] { [], [] };
        await using (FarmNetwork farm = await FarmNetwork.StartAsync(options, cancellationToken))
        {
            for (int pair = 1; pair <= options.Pairs; pair++)
            {
                foreach ((int which, IceLibSystem system) in systems.Index())
                {
                    await foreach (PassOutcome pass in passes.RunAsync(farm, system, cancellationToken))
                    {
                        table.Expected ??= pass.Build.Objects;
                        table.Write(which == 0 ? "A" : "B", pair, pass);
                        outcomes[which].Add(pass);
                    }

                    // The next begins with fresh daemons and empty stores.
                    await farm.ClearAsync();
                }
            }
        }

        Summarise(outcomes[0].Zip(outcomes[1]), output);
        return table.End();
    }

    private static void Summarise(IEnumerable<(PassOutcome A, PassOutcome B)> pairs, TextWriter output)
    {
        output.WriteLine("\n| pass | B ÷ A of | pairs | median | quartiles | from to |");
        output.WriteLine("|---|---|---:|---:|---:|---:|");
        foreach (IGrouping<string, (PassOutcome A, PassOutcome B)> pass in pairs.GroupBy(static pair => pair.A.Name))
        {
            foreach ((string name, Func<BuildOutcome, TimeSpan> of) in Figures)
            {
                // Both have compiled the same files, so those of all are as those of one.
                var spread = Spread.Of(pass.Select(pair => of(pair.B.Build) / of(pair.A.Build)));
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {pass.Key} | {name} | {pass.Count()} | {spread} |"));
            }
        }
    }
}
