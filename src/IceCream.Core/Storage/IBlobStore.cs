using IceCream.Jobs;

namespace IceCream.Storage;

/// <summary>
/// A store of blobs by digest. Every blob that it returns has been verified at least once by this process. Safe for use by several threads, and on
/// disk by several processes.
/// </summary>
public interface IBlobStore
{
    /// <summary>Whether the blob is stored and complete.</summary>
    bool Contains(Digest digest);

    /// <summary>Starts to write a blob. Concurrent writers of one blob do not disturb each other.</summary>
    /// <param name="digest">The digest that the content must have.</param>
    /// <param name="length">The length of the content in bytes.</param>
    /// <exception cref="IOException">The store is full or cannot be written.</exception>
    IBlobWriter Create(Digest digest, long length);

    /// <summary>Imports a file of this machine if its content has the digest.</summary>
    /// <returns>False when the file does not exist, cannot be read, or has another digest.</returns>
    /// <exception cref="IOException">The store is full or cannot be written.</exception>
    bool TryImport(Digest digest, string path);

    /// <summary>Creates the blob at a path that does not exist: a hard link where possible. The file is read-only and executable.</summary>
    /// <returns>False when the blob is not stored.</returns>
    bool TryLink(Digest digest, string path);

    /// <summary>Creates an independent copy of the blob, writable by its owner.</summary>
    /// <returns>False when the blob is not stored.</returns>
    bool TryCopy(Digest digest, string path);

    /// <summary>Reads a whole blob into memory.</summary>
    /// <param name="digest">Its digest.</param>
    /// <param name="limit">The most bytes that may be read: a remote peer that chose the digest may have chosen a large blob.</param>
    /// <returns>Null when the blob is not stored.</returns>
    /// <exception cref="InvalidDataException">It is larger.</exception>
    byte[]? TryRead(Digest digest, int limit);

    /// <summary>Protects blobs from eviction until the result is disposed, including blobs that are not stored yet.</summary>
    IDisposable Pin(IEnumerable<Digest> digests);
}

/// <summary>A blob that is being written. Disposing it before <see cref="Commit"/> leaves no trace.</summary>
public interface IBlobWriter : IDisposable
{
    /// <summary>Writes the next bytes.</summary>
    /// <exception cref="InvalidDataException">There are more bytes than announced.</exception>
    /// <exception cref="IOException">The store is full or cannot be written.</exception>
    void Write(ReadOnlySpan<byte> bytes);

    /// <summary>Makes the blob part of the store.</summary>
    /// <exception cref="InvalidDataException">The content does not have the announced digest or length.</exception>
    void Commit();
}
