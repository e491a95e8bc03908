using IceCream.Jobs;

namespace IceCream.Caching;

/// <summary>
/// An optional ability of a shared store: it lets only one of several agents compile the same command. A claim expires by itself, so that nobody
/// waits for an agent that has died.
/// </summary>
internal interface ISharedClaims
{
    /// <summary>Claims a command, or extends the caller's own claim.</summary>
    /// <param name="name">The command's key.</param>
    /// <param name="owner">The claim's owner: a text that no other claim has.</param>
    /// <param name="duration">The time after which the claim expires unless it is extended.</param>
    /// <param name="cancellationToken">Cancelled when it takes too long.</param>
    /// <returns>Whether the caller now owns the claim; null where this agent may not claim anything.</returns>
    /// <exception cref="IOException">The store does not answer correctly.</exception>
    ValueTask<bool?> ClaimAsync(Digest name, string owner, TimeSpan duration, CancellationToken cancellationToken);

    /// <summary>Releases a claim. A claim that has expired, or that another owner has taken, is left unchanged.</summary>
    /// <exception cref="IOException">The store does not answer correctly.</exception>
    ValueTask ReleaseAsync(Digest name, string owner, CancellationToken cancellationToken);
}
