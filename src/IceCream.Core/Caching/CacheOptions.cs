using System.Collections.Immutable;
using IceCream.Jobs;

namespace IceCream.Caching;

/// <summary>The options of an agent's result cache.</summary>
public sealed record CacheOptions
{
    /// <summary>The mode of jobs that do not specify one.</summary>
    /// <value>Default: <see cref="CacheMode.On"/>.</value>
    internal CacheMode Mode { get; init; }

    /// <summary>The most bytes of results that are stored; the least recently used ones are evicted first.</summary>
    /// <value>At least 1 MiB. Default: 5 GiB.</value>
    public long Limit { get; init; } = 5L << 30;

    /// <summary>
    /// Whether results of jobs that could have left, but are compiled on this machine for lack of a farm, are stored too. Such jobs are then compiled
    /// in a sandbox, as on a worker.
    /// </summary>
    /// <value>Default: true.</value>
    public bool KeepsLocal { get; init; } = true;

    /// <summary>
    /// Folders in which checkouts of a project are siblings. Compiles in them share results where the compiler writes the same bytes in each
    /// checkout: without debug information, and where nothing in the source contains its path.
    /// </summary>
    /// <value>Absolute paths without symbolic links. Default: none.</value>
    public ImmutableArray<string> BaseDirectories { get; init; } = [];

    /// <summary>One in this many cache hits is compiled again and compared.</summary>
    /// <value>0 or more. Default: 0, none.</value>
    public int VerifyEvery { get; init; }

    /// <exception cref="ArgumentException">A value is out of its range.</exception>
    internal void Validate()
    {
        if (Limit < 1 << 20)
        {
            throw new ArgumentException($"The limit to the size of known results is {Limit}, but must be at least 1 MiB.");
        }

        if (BaseDirectories.FirstOrDefault(static folder => !folder.StartsWith('/')) is { } relative)
        {
            throw new ArgumentException($"'{relative}' cannot hold checkouts: it must be an absolute path.");
        }

        if (VerifyEvery < 0)
        {
            throw new ArgumentException($"One known result in {VerifyEvery} cannot be verified: the number must be 0 or more.");
        }
    }
}
