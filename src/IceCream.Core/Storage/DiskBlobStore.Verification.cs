using IceCream.Jobs;
using IceCream.Platform;

namespace IceCream.Storage;

/// <content>Verifies that a file is the blob that its name says: after a power loss a name may exist without its content, so each blob is hashed at its first use.</content>
internal sealed partial class DiskBlobStore
{
    private static readonly TimeSpan TouchInterval = TimeSpan.FromMinutes(1);

    // After a start, many jobs ask at once for the same large blob that is not verified yet: one of them hashes it, the others wait.
    private readonly Lock[] _verifying = [.. Enumerable.Range(0, 32).Select(_ => new Lock())];

    /// <summary>The path of a verified blob, which counts as a use; null when there is none.</summary>
    private string? Find(Digest digest)
    {
        string path = _folder.PathOf(digest);
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
                RemoveIfGone(digest);
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
            // The file belongs to another user or has just been evicted. Only the order of eviction after the next start suffers.
        }
    }

    private bool Verify(Digest digest, string path)
    {
        OutputContent? content;
        FileStatus status;
        try
        {
            // The status is read first: a file that is replaced while it is read is then verified again at its next use.
            if (Linux.Stat(path, followLinks: false, out status) != 0)
            {
                return false;
            }

            content = ReadWhole(digest, path);
        }
        catch (FileNotFoundException)
        {
            return false;
        }

        if (content is null)
        {
            return false;
        }

        content.Dispose();
        DateTimeOffset now = _time.GetUtcNow();
        lock (_lock)
        {
            AddIfThere(new BlobIndex.Blob(digest, status.Length) { Verified = status, Touched = now });
        }

        Touch(path, now);
        return true;
    }

    /// <summary>
    /// The content of a blob's file; null when it holds other bytes, or the disk has lost them: then the file is removed, so that the blob is sent again.
    /// Other faults, such as too many open files, say nothing about the file.
    /// </summary>
    /// <exception cref="FileNotFoundException">The file is gone.</exception>
    /// <exception cref="IOException">It cannot be read now.</exception>
    private OutputContent? ReadWhole(Digest digest, string path)
    {
        OutputContent? content = null;
        string fault = "holds other bytes than its name says";
        try
        {
            content = WholeOf(FileContent.Of(_options.Open(path), long.MaxValue), digest);
        }
        catch (IOException e) when (e.HResult == Linux.EIO)
        {
            fault = "cannot be read from its disk";
        }

        if (content is null)
        {
            File.Delete(path);
            LogCorrupt(digest, _folder.Path, fault);
            lock (_lock)
            {
                RemoveIfGone(digest);
            }
        }

        return content;
    }
}
