using IceCream.Jobs;

namespace IceCream.Caching;

/// <summary>
/// What a shared store does beside keeping results, where it can: of several agents that are about to compile the same thing it lets one do it. A claim
/// has an end of its own, so that nobody waits for an agent that is gone.
/// </summary>
internal interface ISharedClaims
{
    /// <summary>Takes a claim to a command, or takes one's own for longer.</summary>
    /// <param name="name">The command's key.</param>
    /// <param name="owner">Who claims it: a text that no other claim has.</param>
    /// <param name="duration">When the claim ends, unless it is taken again before.</param>
    /// <param name="cancellationToken">Cancelled when it takes too long.</param>
    /// <returns>Whether it is the owner's now; null where this agent may claim nothing.</returns>
    /// <exception cref="IOException">The store does not answer as it should.</exception>
    ValueTask<bool?> ClaimAsync(Digest name, string owner, TimeSpan duration, CancellationToken cancellationToken);

    /// <summary>Gives a claim back. One that has ended, or is another's by now, is left as it is.</summary>
    /// <exception cref="IOException">The store does not answer as it should.</exception>
    ValueTask ReleaseAsync(Digest name, string owner, CancellationToken cancellationToken);
}
