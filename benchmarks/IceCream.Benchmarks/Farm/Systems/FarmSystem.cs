namespace IceCream.Benchmarks.Farm.Systems;

/// <summary>A way to compile on the farm.</summary>
internal abstract class FarmSystem
{
    protected static readonly IReadOnlyList<string> Once = ["cold"];

    /// <summary>As <c>--systems</c> calls it.</summary>
    public abstract string Name { get; }

    /// <summary>The builds one after the other on the same farm, by name. The first begins with fresh daemons.</summary>
    public virtual IReadOnlyList<string> Passes => Once;

    /// <summary>The programs that must be there.</summary>
    public abstract IReadOnlyList<string> Needs { get; }

    /// <summary>What is put in front of each compile command.</summary>
    public abstract IReadOnlyList<string> Launcher { get; }

    /// <summary>Starts its daemons, and waits until they are ready.</summary>
    /// <returns>The environment of its launchers.</returns>
    public abstract Task<IReadOnlyDictionary<string, string>> StartAsync(FarmNetwork farm, CancellationToken cancellationToken);

    /// <summary>How many compiles workers have done since the start.</summary>
    public abstract Task<long> CountRemoteAsync(FarmNetwork farm, CancellationToken cancellationToken);

    protected static long CountInLogs(FarmNetwork farm, string log, string mark) =>
        farm.Workers.Sum(worker => worker.ReadLog(log).Split('\n').LongCount(line => line.Contains(mark, StringComparison.Ordinal)));
}
