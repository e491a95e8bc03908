using System.Security.Cryptography;
using IceCream.Jobs;
using IceCream.Platform;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace IceCream.Storage;

/// <summary>
/// Blobs as read-only files named by their digest (<c>ab/cdef…</c>). Several processes may share the folder: blobs come by rename and
/// go by unlink, so a blob is either whole or absent. The order of use is kept in memory, and in the files' times of access for the next start;
/// never in their times of modification, which compilers see through the hard links.
/// </summary>
internal sealed partial class DiskBlobStore : IBlobStore
{
    private const uint BlobMode = 0x16D, CopyMode = 0x1ED; // 0555 and 0755

    private static readonly TimeSpan TouchInterval = TimeSpan.FromMinutes(1), StaleAfter = TimeSpan.FromDays(1);

    private readonly string _directory, _temporary;
    private readonly DiskBlobStoreOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private readonly BlobIndex _index = new();

    // Many jobs ask at once for the same large, not yet verified blob after a start: one of them hashes it, the others wait.
    private readonly Lock[] _verifying = [.. Enumerable.Range(0, 32).Select(_ => new Lock())];
    private long _addedSinceScan;

    /// <summary>Opens a store, creating its folder if there is none.</summary>
    /// <exception cref="ArgumentException">The options are out of range.</exception>
    /// <exception cref="IOException">The folder cannot be created or read.</exception>
    public DiskBlobStore(string directory, DiskBlobStoreOptions options, TimeProvider? timeProvider = null, ILoggerFactory? loggerFactory = null)
    {
        options.Validate();
        _directory = Path.GetFullPath(directory);
        _temporary = Path.Combine(_directory, "tmp");
        _options = options;
        _time = timeProvider ?? TimeProvider.System;
        _logger = (ILogger?)loggerFactory?.CreateLogger<DiskBlobStore>() ?? NullLogger.Instance;
        Directory.CreateDirectory(_temporary);
        RemoveStale();
        lock (_lock)
        {
            Scan();
            Evict(keep: null);
            LogOpened(_directory, _index.Count, _index.Size);
        }
    }

    /// <summary>The bytes of all blobs this process knows of.</summary>
    public long Size
    {
        get
        {
            lock (_lock)
            {
                return _index.Size;
            }
        }
    }

    /// <inheritdoc/>
    public bool Contains(Digest digest) => Find(digest) is not null;

    /// <inheritdoc/>
    public IBlobWriter Create(Digest digest, long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if (length > _options.Limit)
        {
            throw new IOException($"A blob of {length} bytes does not fit into the store '{_directory}', whose limit is {_options.Limit} bytes.");
        }

        return new DiskBlobWriter(Path.Combine(_temporary, Guid.NewGuid().ToString("N")), digest, length, BlobMode, Publish);
    }

    /// <inheritdoc/>
    public bool TryImport(Digest digest, string path) => Contains(digest) || BlobImport.TryImport(this, digest, path);

    /// <inheritdoc/>
    public bool TryLink(Digest digest, string path)
    {
        if (Find(digest) is not { } blob)
        {
            return false;
        }

        int error = Linux.Link(blob, path);
        switch (error)
        {
            case 0:
                return true;
            case Linux.ENOENT when !File.Exists(blob):
                return false;
            case Linux.EXDEV or Linux.EMLINK or Linux.EPERM:
                if (!Copy(blob, path, BlobMode))
                {
                    return false;
                }

                _options.BeforePublish?.Invoke();
                return true;
            default:
                throw new IOException($"Cannot link blob {digest} to '{path}': error {error}.");
        }
    }

    /// <inheritdoc/>
    public bool TryCopy(Digest digest, string path) => Find(digest) is { } blob && Copy(blob, path, CopyMode);

    /// <inheritdoc/>
    public byte[]? TryRead(Digest digest)
    {
        try
        {
            return Find(digest) is { } blob ? File.ReadAllBytes(blob) : null;
        }
        catch (FileNotFoundException)
        {
            // Another process evicted it a moment ago.
            return null;
        }
    }

    /// <inheritdoc/>
    public IDisposable Pin(IEnumerable<Digest> digests)
    {
        Digest[] pinned = [.. digests];
        lock (_lock)
        {
            foreach (Digest digest in pinned)
            {
                _index.Pin(digest);
            }
        }

        return new BlobPin(() =>
        {
            lock (_lock)
            {
                foreach (Digest digest in pinned)
                {
                    _index.Unpin(digest);
                }

                Evict(keep: null);
            }
        });
    }

    private static bool Copy(string blob, string path, uint mode)
    {
        // Asked first, so that what a failed copy leaves behind can be told from what was there before.
        if (Linux.Stat(path, followLinks: false, out _) == 0)
        {
            throw new IOException($"Cannot put a blob at '{path}': something lies there.");
        }

        try
        {
            File.Copy(blob, path, overwrite: false);
        }
        catch (FileNotFoundException)
        {
            // Another process evicted it a moment ago.
            return false;
        }
        catch (IOException) when (File.Exists(path))
        {
            File.Delete(path);
            throw;
        }

        Linux.SetPermissions(path, mode);
        return true;
    }

    private string PathOf(Digest digest)
    {
        string name = digest.ToString();
        return string.Concat(_directory, "/", name.AsSpan(0, 2), string.Concat("/", name.AsSpan(2)));
    }

    /// <summary>The path of a blob that is here and verified, which is thereby used; null when there is none.</summary>
    private string? Find(Digest digest)
    {
        string path = PathOf(digest);
        if (TryUse(digest, path, out bool exists))
        {
            return path;
        }

        if (!exists)
        {
            return null;
        }

        lock (_verifying[(digest.GetHashCode() & int.MaxValue) % _verifying.Length])
        {
            return TryUse(digest, path, out exists) || (exists && Verify(digest, path)) ? path : null;
        }
    }

    private bool TryUse(Digest digest, string path, out bool exists)
    {
        exists = Linux.Stat(path, followLinks: false, out FileStatus status) == 0 && status.IsRegular;
        bool touch = false;
        DateTimeOffset now = _time.GetUtcNow();
        lock (_lock)
        {
            if (!exists)
            {
                _index.Remove(digest);
                return false;
            }

            if (!_index.TryGet(digest, out BlobIndex.Blob? blob) || !blob.IsVerified(status))
            {
                return false;
            }

            _index.Use(digest);
            if (now - blob.Touched >= TouchInterval)
            {
                blob.Touched = now;
                touch = true;
            }
        }

        if (touch)
        {
            Touch(path, now);
        }

        return true;
    }

    private static void Touch(string path, DateTimeOffset now)
    {
        try
        {
            File.SetLastAccessTimeUtc(path, now.UtcDateTime);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The file belongs to another user or has just been evicted. Only the order after the next start suffers.
        }
    }

    private bool Verify(Digest digest, string path)
    {
        Span<byte> hash = stackalloc byte[Digest.Size];
        FileStatus status;
        try
        {
            // The status comes first: a file that is replaced while it is read is then verified again at its next use.
            if (Linux.Stat(path, followLinks: false, out status) != 0)
            {
                return false;
            }

            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            SHA256.HashData(stream, hash);
        }
        catch (FileNotFoundException)
        {
            return false;
        }

        if (new Digest(hash) != digest)
        {
            File.Delete(path);
            LogCorrupt(digest, _directory);
            lock (_lock)
            {
                _index.Remove(digest);
            }

            return false;
        }

        DateTimeOffset now = _time.GetUtcNow();
        lock (_lock)
        {
            _index.Add(new BlobIndex.Blob(digest, status.Length) { Verified = status, Touched = now });
        }

        Touch(path, now);
        return true;
    }

    /// <summary>Makes a whole, verified and closed temporary file a blob.</summary>
    private void Publish(Digest digest, string temporary)
    {
        _options.BeforePublish?.Invoke();
        if (Find(digest) is not null)
        {
            File.Delete(temporary);
            return;
        }

        string path = PathOf(digest);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (Linux.Stat(temporary, followLinks: false, out FileStatus status) != 0)
        {
            throw new IOException($"'{temporary}' vanished before it became a blob.");
        }

        File.Move(temporary, path, overwrite: true);
        lock (_lock)
        {
            _index.Add(new BlobIndex.Blob(digest, status.Length) { Verified = status, Touched = _time.GetUtcNow() });
            _addedSinceScan += status.Length;
            if (_addedSinceScan > _options.Limit / 8)
            {
                // Other processes add to the folder too, and the limit is the folder's.
                Scan();
            }

            Evict(digest);
        }
    }
}
