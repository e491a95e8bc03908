using IceCream.Jobs;
using IceCream.Platform;

namespace IceCream.Storage;

/// <content>
/// What is there, and what has to go. The blobs that were not used for longest go first, also those that a root still links: a job keeps its bytes until
/// its root is rebuilt, and what counts against the limit is what the store itself holds. Only pins of this process keep a blob; a blob that another
/// process evicts is missing at its next use, and is sent again.
/// </content>
internal sealed partial class DiskBlobStore
{
    private long _addedSinceScan;
    private int _scanning;

    /// <summary>Learns of the blobs that other processes have put into the folder. Walks it without the lock: others go on meanwhile.</summary>
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

    /// <summary>Counts what this process adds, and looks from time to time what others added: the limit is the folder's.</summary>
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
            // A folder was removed while it was read. The blob that came is safe, and the next scan is not far.
        }
        finally
        {
            Volatile.Write(ref _scanning, 0);
        }
    }

    /// <summary>Removes the longest unused blobs until the rest fits. The lock is held.</summary>
    /// <param name="keep">The blob that has just come: its sender would not understand that it is gone already.</param>
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

    /// <summary>The disk is full: removes the longest unused blobs until so many bytes are free again. Those that are linked are left, which would free nothing.</summary>
    /// <returns>False when nothing could be freed.</returns>
    private bool MakeRoom(long bytes)
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

            return freed > 0;
        }
    }

    /// <summary>Knows of a blob, unless it was evicted since its file was looked at. The lock is held, and with it no blob is evicted.</summary>
    private void AddIfThere(BlobIndex.Blob blob)
    {
        if (IsThere(blob.Digest))
        {
            _index.Add(blob);
        }
    }

    /// <summary>Forgets a blob whose file was not there, unless it has come since. The lock is held.</summary>
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
            // Storing a blob must not fail because another blob cannot be removed: the next one that was not used for longest is removed instead.
            LogNotEvicted(e, blob.Digest, _folder.Path);
            return false;
        }
    }
}
