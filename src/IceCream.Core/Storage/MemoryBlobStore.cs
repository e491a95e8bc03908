using System.Collections.Concurrent;
using IceCream.Jobs;
using IceCream.Platform;

namespace IceCream.Storage;

/// <summary>Blobs in memory, without a limit: for tests and for farms within one process. Nothing is evicted, so pins have no effect.</summary>
internal sealed class MemoryBlobStore : IBlobStore
{
    private const uint ReadAndExecute = 0x16D, All = 0x1ED; // 0555 and 0755

    private readonly ConcurrentDictionary<Digest, byte[]> _blobs = new();

    /// <inheritdoc/>
    public bool Contains(Digest digest) => _blobs.ContainsKey(digest);

    /// <inheritdoc/>
    public IBlobWriter Create(Digest digest, long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        return length <= Array.MaxLength
            ? new Writer(this, digest, length)
            : throw new IOException($"A blob of {length} bytes does not fit into memory.");
    }

    /// <inheritdoc/>
    public bool TryImport(Digest digest, string path) => Contains(digest) || BlobImport.TryImport(this, digest, path);

    /// <inheritdoc/>
    public bool TryLink(Digest digest, string path) => TryWrite(digest, path, ReadAndExecute);

    /// <inheritdoc/>
    public bool TryCopy(Digest digest, string path) => TryWrite(digest, path, All);

    /// <inheritdoc/>
    public byte[]? TryRead(Digest digest, int limit) => !_blobs.TryGetValue(digest, out byte[]? bytes) ? null
        : bytes.Length <= limit ? [.. bytes]
        : throw new InvalidDataException($"Blob {digest} has more than {limit} bytes.");

    /// <inheritdoc/>
    public IDisposable Pin(IEnumerable<Digest> digests) => new BlobPin(() => { });

    private bool TryWrite(Digest digest, string path, uint mode)
    {
        if (!_blobs.TryGetValue(digest, out byte[]? bytes))
        {
            return false;
        }

        using FileStream file = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        file.Write(bytes);
        Linux.SetPermissions(path, mode);
        return true;
    }

    private sealed class Writer(MemoryBlobStore store, Digest digest, long length) : IBlobWriter
    {
        // The buffer grows with the bytes that arrive: an announced length alone takes no memory.
        private readonly MemoryStream _bytes = new();
        private bool _done;

        public void Write(ReadOnlySpan<byte> bytes)
        {
            ObjectDisposedException.ThrowIf(_done, this);
            if (bytes.Length > length - _bytes.Length)
            {
                throw new InvalidDataException($"Blob {digest} was announced with {length} bytes, but more came.");
            }

            _bytes.Write(bytes);
        }

        public void Commit()
        {
            ObjectDisposedException.ThrowIf(_done, this);
            _done = true;
            byte[] bytes = _bytes.ToArray();
            if (bytes.Length != length || Digest.Of(bytes) != digest)
            {
                throw new InvalidDataException($"What came as blob {digest} are other bytes ({bytes.Length} of {length}).");
            }

            store._blobs.TryAdd(digest, bytes);
        }

        public void Dispose() => _done = true;
    }
}
