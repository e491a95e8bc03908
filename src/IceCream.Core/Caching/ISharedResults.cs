using IceCream.Jobs;

namespace IceCream.Caching;

/// <summary>What is shared between agents.</summary>
public enum SharedKind
{
    /// <summary>What is known of a command, under the command's key: it may be replaced. <c>/ac/</c> of the HTTP protocol.</summary>
    Record = 0,

    /// <summary>Bytes under their own digest: they never change. <c>/cas/</c> of the HTTP protocol.</summary>
    Blob = 1,
}

/// <summary>
/// A store of results that several machines use. It need not be trusted to be whole: whatever comes is held against its digest. Who may write to it decides what others
/// compile, though: only those who are trusted may. Calls come from several threads.
/// </summary>
public interface ISharedResults : IDisposable
{
    /// <summary>Its name for people: where it is, without secrets.</summary>
    string Name { get; }

    /// <summary>Whether this agent writes to it.</summary>
    bool IsReadOnly { get; }

    /// <summary>Reads.</summary>
    /// <param name="kind">What.</param>
    /// <param name="name">Its name.</param>
    /// <param name="limit">So many bytes at most: more is an error.</param>
    /// <param name="cancellationToken">Cancelled when it takes too long.</param>
    /// <returns>Null when it is not there.</returns>
    /// <exception cref="IOException">The store does not answer as it should.</exception>
    ValueTask<byte[]?> GetAsync(SharedKind kind, Digest name, long limit, CancellationToken cancellationToken);

    /// <summary>Whether something is there.</summary>
    /// <exception cref="IOException">The store does not answer as it should.</exception>
    ValueTask<bool> ContainsAsync(SharedKind kind, Digest name, CancellationToken cancellationToken);

    /// <summary>Writes.</summary>
    /// <exception cref="IOException">The store does not take it.</exception>
    ValueTask PutAsync(SharedKind kind, Digest name, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);
}
