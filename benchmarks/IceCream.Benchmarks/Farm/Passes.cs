using System.Runtime.CompilerServices;
using IceCream.Benchmarks.Corpora;
using IceCream.Benchmarks.Farm.Systems;

namespace IceCream.Benchmarks.Farm;

/// <summary>One build of a system.</summary>
/// <param name="Name">Which of its passes.</param>
/// <param name="Build">What it took.</param>
/// <param name="Remote">How many compiles workers have done.</param>
internal sealed record PassOutcome(string Name, BuildOutcome Build, long Remote);

/// <summary>All builds of a system, one after the other.</summary>
internal sealed class Passes(Sources sources, int jobs, string folder)
{
    private readonly Build _build = new(sources.Commands, jobs, folder);

    /// <summary>Starts the system's daemons on a farm where none run, and builds.</summary>
    public async IAsyncEnumerable<PassOutcome> RunAsync(FarmNetwork farm, FarmSystem system, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<string, string> environment = await system.StartAsync(farm, cancellationToken);
        foreach (string pass in system.Passes)
        {
            foreach (string header in pass == IceLibSystem.Touched ? sources.Headers : [])
            {
                File.SetLastWriteTimeUtc(header, TimeProvider.System.GetUtcNow().UtcDateTime);
            }

            long before = await system.CountRemoteAsync(farm, cancellationToken);
            BuildOutcome outcome = await _build.RunAsync(farm, system.Launcher, environment, cancellationToken);
            yield return new PassOutcome(pass, outcome, await system.CountRemoteAsync(farm, cancellationToken) - before);
        }
    }
}
