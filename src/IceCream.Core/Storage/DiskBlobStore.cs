using IceCream.Jobs;
using IceCream.Platform;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace IceCream.Storage;

/// <summary>
/// Blobs as read-only files named by their digest (<c>ab/cdef…</c>). Several processes may share the folder: blobs are added by rename and removed by
/// unlink, so a blob is either complete or absent. The order of use is kept in memory, and in the files' atimes for the next start; never in their
/// mtimes, which compilers see through the hard links.
/// </summary>
internal sealed partial class DiskBlobStore : IBlobStore
{
    private const int LinkAttempts = 10;
    private const uint BlobMode = 0x16D, CopyMode = 0x1ED; // 0555 and 0755

    /// <summary>From this size on, the disk space is checked before the content is sent.</summary>
    private const long AskRoomFrom = 256 << 10;

    private readonly BlobFolder _folder;
    private readonly DiskBlobStoreOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private readonly BlobIndex _index = new();

    /// <summary>Opens a store, creating its folder when missing.</summary>
    /// <exception cref="ArgumentException">The options are out of range.</exception>
    /// <exception cref="IOException">The folder cannot be created, read or written.</exception>
    public DiskBlobStore(string directory, DiskBlobStoreOptions options, TimeProvider? timeProvider = null, ILoggerFactory? loggerFactory = null)
    {
        options.Validate();
        _folder = new BlobFolder(directory, options.MayBeReadOnly);
        _options = options;
        _time = timeProvider ?? TimeProvider.System;
        _logger = (ILogger?)loggerFactory?.CreateLogger<DiskBlobStore>() ?? NullLogger.Instance;
        foreach (string stale in _folder.RemoveStale())
        {
            LogStale(stale);
        }

        Scan();
        lock (_lock)
        {
            if (!IsReadOnly)
            {
                Evict(keep: null);
            }

            LogOpened(_folder.Path, _index.Count, _index.Size);
        }
    }

    /// <summary>The total size of all blobs that this process knows.</summary>
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

    /// <summary>Whether its folder could not be written when it was opened.</summary>
    public bool IsReadOnly => _folder.WhyReadOnly is not null;

    /// <inheritdoc/>
    public bool Contains(Digest digest) => Find(digest) is not null;

    /// <inheritdoc/>
    public IBlobWriter Create(Digest digest, long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if (length > _options.Limit)
        {
            throw new IOException($"A blob of {length} bytes does not fit into the store '{_folder.Path}', whose limit is {_options.Limit} bytes.");
        }

        // A full disk is detected before the content is sent, as far as possible.
        if (!IsReadOnly && length >= AskRoomFrom && _folder.FreeBytes is var free && free < length)
        {
            MakeRoom(length - free);
        }

        return new DiskBlobWriter(_folder.NewTemporary(), digest, length, BlobMode, Publish, MakeRoom);
    }

    /// <inheritdoc/>
    public bool TryImport(Digest digest, string path) => Contains(digest) || BlobImport.TryImport(this, digest, path);

    /// <inheritdoc/>
    public bool TryLink(Digest digest, string path)
    {
        string? blob;
        int error;
        int attempts = 0;
        do
        {
            // After ENOENT, the blob was evicted since it was found, and may have been stored again.
            blob = Find(digest);
            error = blob is null ? Linux.ENOENT : Linux.Link(blob, path);
        }
        while (error == Linux.ENOENT && blob is not null && ++attempts < LinkAttempts);

        switch (error)
        {
            case 0:
                return true;
            case Linux.ENOENT when blob is null || !File.Exists(blob):
                return false;
            case Linux.EXDEV or Linux.EMLINK or Linux.EPERM:
                if (!Copy(blob!, path, BlobMode))
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
    public byte[]? TryRead(Digest digest, int limit)
    {
        try
        {
            return Find(digest) is not { } blob ? null
                : new FileInfo(blob).Length <= limit ? File.ReadAllBytes(blob)
                : throw new InvalidDataException($"Blob {digest} has more than {limit} bytes.");
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
        // The check comes first, so that a partial copy can be told from a file that existed before.
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

    /// <summary>Turns a complete, verified and closed temporary file into a blob.</summary>
    private void Publish(Digest digest, string temporary)
    {
        _options.BeforePublish?.Invoke();
        if (Find(digest) is not null)
        {
            File.Delete(temporary);
            return;
        }

        string path = _folder.PathOf(digest);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (Linux.Stat(temporary, followLinks: false, out FileStatus status) != 0)
        {
            throw new IOException($"'{temporary}' vanished before it became a blob.");
        }

        lock (_lock)
        {
            File.Move(temporary, path, overwrite: true);
            _index.Add(new BlobIndex.Blob(digest, status.Length) { Verified = status, Touched = _time.GetUtcNow() });
            Evict(digest);
        }

        ScanAfter(status.Length);
    }
}
