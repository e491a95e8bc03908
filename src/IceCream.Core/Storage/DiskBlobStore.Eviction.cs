using IceCream.Jobs;
using IceCream.Platform;

namespace IceCream.Storage;

/// <content>
/// The inventory and the eviction of blobs. The least recently used blobs are evicted first, even if a root still links to them: a job keeps its content until
/// its root is rebuilt, and only the store's own files count against the limit. Only pins of this process keep a blob. A blob that another process evicts is
/// missing at its next use, and is sent again.
/// </content>
internal sealed partial class DiskBlobStore
{
    private long _addedSinceScan;
    private int _scanning;

    /// <summary>Finds the blobs that other processes have added. Scans the folder without the lock, so that other threads continue.</summary>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    private void Scan()
    {
        List<(DateTime Used, Digest Digest, long Length)> found = [];
        foreach ((Digest digest, FileInfo file) in _folder.Enumerate())
        {
            bool known;
            lock (_lock)
            {
                known = _index.TryGet(digest, out _);
            }

            if (!known && file.Exists)
            {
                DateTime used = file.LastAccessTimeUtc, written = file.LastWriteTimeUtc;
                found.Add((used > written ? used : written, digest, file.Length));
            }
        }

        found.Sort(static (one, other) => one.Used.CompareTo(other.Used));
        lock (_lock)
        {
            foreach ((_, Digest digest, long length) in found.Where(blob => !_index.TryGet(blob.Digest, out _)))
            {
                AddIfThere(new BlobIndex.Blob(digest, length));
            }
        }
    }

    /// <summary>Counts the bytes that this process adds, and rescans from time to time for the blobs of others: the limit applies to the whole folder.</summary>
    private void ScanAfter(long added)
    {
        if (Interlocked.Add(ref _addedSinceScan, added) <= _options.Limit / 8 || Interlocked.Exchange(ref _scanning, 1) != 0)
        {
            return;
        }

        try
        {
            Interlocked.Exchange(ref _addedSinceScan, 0);
            Scan();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A folder was removed while it was read. The new blob is stored, and the next scan comes soon.
        }
        finally
        {
            Volatile.Write(ref _scanning, 0);
        }
    }

    /// <summary>Evicts the least recently used blobs until the rest fits. The caller holds the lock.</summary>
    /// <param name="keep">The blob that was just stored: its sender must find it.</param>
    private void Evict(Digest? keep)
    {
        if (_index.Size <= _options.Limit)
        {
            return;
        }

        int count = 0;
        long before = _index.Size;
        foreach (BlobIndex.Blob blob in _index.Unpinned())
        {
            if (_index.Size <= _options.Limit)
            {
                break;
            }

            count += blob.Digest != keep && TryEvict(blob) ? 1 : 0;
        }

        if (count > 0)
        {
            LogEvicted(count, before - _index.Size, _folder.Path);
        }
    }

    /// <summary>
    /// Frees space on a full disk: evicts the least recently used blobs until this many bytes are free. Blobs with other hard links stay, because evicting them
    /// frees nothing; if the rest is too little, what links to them is given up piece by piece.
    /// </summary>
    /// <returns>False when nothing could be freed.</returns>
    private bool MakeRoom(long bytes)
    {
        long freed = EvictUnlinked(bytes);
        bool isAnyGivenUp = false;
        while (freed < bytes && _options.GiveUpLinks())
        {
            isAnyGivenUp = true;
            freed += EvictUnlinked(bytes - freed);
        }

        // What was given up may have been the last that held content which the store had evicted before: that frees space too, which nobody counts here.
        return freed > 0 || isAnyGivenUp;
    }

    /// <returns>How many bytes are free now that were not before.</returns>
    private long EvictUnlinked(long bytes)
    {
        lock (_lock)
        {
            int count = 0;
            long before = _index.Size, freed = 0;
            foreach (BlobIndex.Blob blob in _index.Unpinned())
            {
                if (freed >= bytes)
                {
                    break;
                }

                if (Linux.Stat(_folder.PathOf(blob.Digest), followLinks: false, out FileStatus status) == 0 && status.Links == 1 && TryEvict(blob))
                {
                    freed += status.Length;
                    count++;
                }
            }

            if (count > 0)
            {
                LogEvicted(count, before - _index.Size, _folder.Path);
            }

            return freed;
        }
    }

    /// <summary>Adds a blob to the index, unless it was evicted since its file was checked. The caller holds the lock, which prevents evictions.</summary>
    private void AddIfThere(BlobIndex.Blob blob)
    {
        if (IsThere(blob.Digest))
        {
            _index.Add(blob);
        }
    }

    /// <summary>Removes a blob from the index whose file was missing, unless it has been stored since. The caller holds the lock.</summary>
    private void RemoveIfGone(Digest digest)
    {
        if (_index.TryGet(digest, out _) && !IsThere(digest))
        {
            _index.Remove(digest);
        }
    }

    private bool IsThere(Digest digest) => Linux.Stat(_folder.PathOf(digest), followLinks: false, out FileStatus status) == 0 && status.IsRegular;

    private bool TryEvict(BlobIndex.Blob blob)
    {
        try
        {
            File.Delete(_folder.PathOf(blob.Digest));
            _index.Remove(blob.Digest);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Storing a blob must not fail because another one cannot be removed: the next least recently used one is evicted instead.
            LogNotEvicted(e, blob.Digest, _folder.Path);
            return false;
        }
    }
}
