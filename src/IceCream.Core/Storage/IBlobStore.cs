using IceCream.Jobs;

namespace IceCream.Storage;

/// <summary>
/// Bytes under the name of their digest. What it hands out has been verified at least once by this process. Safe for use by several
/// threads, and on disk by several processes.
/// </summary>
public interface IBlobStore
{
    /// <summary>Whether the blob is here, whole.</summary>
    bool Contains(Digest digest);

    /// <summary>Starts to take in a blob. Two writers of one blob do not disturb each other.</summary>
    /// <param name="digest">The name that the bytes must turn out to have.</param>
    /// <param name="length">How many bytes there will be.</param>
    /// <exception cref="IOException">The store is full or cannot be written.</exception>
    IBlobWriter Create(Digest digest, long length);

    /// <summary>Takes in a file of this machine if its bytes have that digest.</summary>
    /// <returns>False when there is no such file, it cannot be read, or its bytes are others.</returns>
    /// <exception cref="IOException">The store is full or cannot be written.</exception>
    bool TryImport(Digest digest, string path);

    /// <summary>Makes the blob appear at a path where nothing lies: a hard link where possible. The file is read-only and executable.</summary>
    /// <returns>False when the blob is not here.</returns>
    bool TryLink(Digest digest, string path);

    /// <summary>Makes a copy of the blob that shares nothing with it, writable by its owner.</summary>
    /// <returns>False when the blob is not here.</returns>
    bool TryCopy(Digest digest, string path);

    /// <summary>Reads a whole blob into memory.</summary>
    /// <param name="digest">Its name.</param>
    /// <param name="limit">How many bytes may be read: who chose the name may have chosen a large blob.</param>
    /// <returns>Null when the blob is not here.</returns>
    /// <exception cref="InvalidDataException">It is larger.</exception>
    byte[]? TryRead(Digest digest, int limit);

    /// <summary>Keeps blobs from being evicted until the return value is disposed, also those that are still to come.</summary>
    IDisposable Pin(IEnumerable<Digest> digests);
}

/// <summary>A blob on its way into a store. Disposing it before <see cref="Commit"/> leaves no trace.</summary>
public interface IBlobWriter : IDisposable
{
    /// <summary>Takes the next bytes.</summary>
    /// <exception cref="InvalidDataException">More bytes than were announced.</exception>
    /// <exception cref="IOException">The store is full or cannot be written.</exception>
    void Write(ReadOnlySpan<byte> bytes);

    /// <summary>Makes the blob part of the store.</summary>
    /// <exception cref="InvalidDataException">The bytes are not those that were announced.</exception>
    void Commit();
}
