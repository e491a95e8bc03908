using IceCream.Jobs;

namespace IceCream.Caching;

/// <summary>The kinds of objects that agents share.</summary>
public enum SharedKind
{
    /// <summary>The record of a command, under the command's key; it may be replaced. <c>/ac/</c> in the HTTP protocol.</summary>
    Record = 0,

    /// <summary>A blob under its own digest; it never changes. <c>/cas/</c> in the HTTP protocol.</summary>
    Blob = 1,
}

/// <summary>
/// A store of results that several machines use. Its integrity need not be trusted: every blob is verified by its digest. But writers determine what
/// others compile, so only trusted agents may write. Calls come from several threads.
/// </summary>
public interface ISharedResults : IDisposable
{
    /// <summary>Its name for people: where it is, without secrets.</summary>
    string Name { get; }

    /// <summary>Whether this agent must not write to it.</summary>
    bool IsReadOnly { get; }

    /// <summary>Reads an object.</summary>
    /// <param name="kind">The kind of object.</param>
    /// <param name="name">Its key or digest.</param>
    /// <param name="limit">The maximum size in bytes: a larger object is an error.</param>
    /// <param name="cancellationToken">Cancelled when it takes too long.</param>
    /// <returns>Null when it does not exist.</returns>
    /// <exception cref="IOException">The store does not answer correctly.</exception>
    ValueTask<byte[]?> GetAsync(SharedKind kind, Digest name, long limit, CancellationToken cancellationToken);

    /// <summary>Whether an object exists.</summary>
    /// <exception cref="IOException">The store does not answer correctly.</exception>
    ValueTask<bool> ContainsAsync(SharedKind kind, Digest name, CancellationToken cancellationToken);

    /// <summary>Writes an object.</summary>
    /// <exception cref="IOException">The store does not accept it.</exception>
    ValueTask PutAsync(SharedKind kind, Digest name, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);
}
