using System.Collections.Immutable;
using IceCream.Jobs;

namespace IceCream.Caching;

/// <summary>How an agent keeps results.</summary>
public sealed record CacheOptions
{
    /// <summary>What is done with known results where a job does not say.</summary>
    /// <value>Default: <see cref="CacheMode.On"/>.</value>
    internal CacheMode Mode { get; init; }

    /// <summary>How many bytes of results are kept; those that were not used for longest go first.</summary>
    /// <value>At least 1 MiB. Default: 5 GiB.</value>
    public long Limit { get; init; } = 5L << 30;

    /// <summary>Whether what could leave and is compiled on this machine, because no farm is there, is kept too: it is then compiled in a sandbox, as on a worker.</summary>
    /// <value>Default: true.</value>
    public bool KeepsLocal { get; init; } = true;

    /// <summary>
    /// Folders in which checkouts of a project lie beside one another. Compiles in them share results where the compiler writes the same bytes in either: without debug information,
    /// and where nothing in the source tells its path.
    /// </summary>
    /// <value>Absolute paths without symbolic links. Default: none.</value>
    public ImmutableArray<string> BaseDirectories { get; init; } = [];

    /// <summary>One known result in so many is compiled again all the same, and compared.</summary>
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
