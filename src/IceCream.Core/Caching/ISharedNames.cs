using IceCream.Jobs;

namespace IceCream.Caching;

/// <summary>An optional ability of a shared store: it lists the commands of which it has results, so that it need not be asked for others.</summary>
internal interface ISharedNames
{
    /// <summary>Streams the commands of which results are stored, and then each new one, until it is cancelled.</summary>
    /// <param name="cancellationToken">Ends the stream.</param>
    /// <returns>Keys of commands, possibly with repetitions; null once, after all that were there at the start.</returns>
    /// <exception cref="IOException">The store does not answer correctly, or the connection was lost; further commands are not reported.</exception>
    IAsyncEnumerable<Digest?> WatchAsync(CancellationToken cancellationToken);
}
