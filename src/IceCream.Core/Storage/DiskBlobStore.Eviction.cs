using IceCream.Jobs;
using IceCream.Platform;

namespace IceCream.Storage;

internal sealed partial class DiskBlobStore
{
    /// <summary>Learns of the blobs that are in the folder but not yet in the index. The lock is held.</summary>
    private void Scan()
    {
        _addedSinceScan = 0;
        List<(DateTime Used, Digest Digest, long Length)> found = [];
        foreach (string folder in Directory.EnumerateDirectories(_directory, "??"))
        {
            string prefix = Path.GetFileName(folder);
            foreach (FileInfo file in new DirectoryInfo(folder).EnumerateFiles())
            {
                if (Digest.TryParse(prefix + file.Name, out Digest digest) && !_index.TryGet(digest, out _) && file.Exists)
                {
                    DateTime used = file.LastAccessTimeUtc, written = file.LastWriteTimeUtc;
                    found.Add((used > written ? used : written, digest, file.Length));
                }
            }
        }

        foreach ((_, Digest digest, long length) in found.OrderBy(blob => blob.Used))
        {
            _index.Add(new BlobIndex.Blob(digest, length));
        }
    }

    /// <summary>Removes the longest unused blobs until the rest fits. The lock is held.</summary>
    /// <param name="keep">The blob that has just come: its sender would not understand that it is gone already.</param>
    private void Evict(Digest? keep)
    {
        int count = 0;
        long before = _index.Size;
        foreach (BlobIndex.Blob blob in _index.Unpinned())
        {
            if (_index.Size <= _options.Limit)
            {
                break;
            }

            string path = PathOf(blob.Digest);
            if (blob.Digest == keep || (Linux.Stat(path, followLinks: false, out FileStatus status) == 0 && status.Links > 1))
            {
                // A root links it: removing it here would free nothing.
                continue;
            }

            File.Delete(path);
            _index.Remove(blob.Digest);
            count++;
        }

        if (count > 0)
        {
            LogEvicted(count, before - _index.Size, _directory);
        }
    }

    private void RemoveStale()
    {
        DateTime limit = (_time.GetUtcNow() - StaleAfter).UtcDateTime;
        foreach (FileInfo file in new DirectoryInfo(_temporary).EnumerateFiles())
        {
            if (file.Exists && file.LastWriteTimeUtc < limit)
            {
                file.Delete();
                LogStale(file.FullName);
            }
        }
    }
}
