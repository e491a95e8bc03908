using IceCream.Jobs;

namespace IceCream.Caching;

/// <summary>What a shared store does beside keeping results, where it can: it tells which commands it has results of, so that it need not be asked for others.</summary>
internal interface ISharedNames
{
    /// <summary>Tells the commands of which results are there, and after those each that comes, until it is cancelled.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Keys of commands, some perhaps more than once; null once, when all that were there in the beginning have been told.</returns>
    /// <exception cref="IOException">The store does not answer as it should, or was lost: what comes now is not told any more.</exception>
    IAsyncEnumerable<Digest?> WatchAsync(CancellationToken cancellationToken);
}
