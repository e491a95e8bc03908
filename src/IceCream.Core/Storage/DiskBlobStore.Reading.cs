using System.Security.Cryptography;
using IceCream.Jobs;
using IceCream.Platform;
using Microsoft.Win32.SafeHandles;

namespace IceCream.Storage;

/// <content>Blobs whose bytes are used at once: each is hashed whenever it is read, whatever was known of its file.</content>
internal sealed partial class DiskBlobStore
{
    /// <summary>The bytes of a blob, which is thereby used; null when it is not here, or not whole: then it is gone.</summary>
    /// <param name="digest">Its name.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    public OutputContent? TryTake(Digest digest)
    {
        string path = _folder.PathOf(digest);
        if (Linux.Stat(path, followLinks: false, out FileStatus status) != 0 || !status.IsRegular)
        {
            lock (_lock)
            {
                _index.Remove(digest);
            }

            return null;
        }

        SafeFileHandle file;
        try
        {
            file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            // Another process evicted it a moment ago.
            return null;
        }

        OutputContent content = FileContent.Of(file, long.MaxValue);
        if (DigestOf(content) != digest)
        {
            content.Dispose();
            File.Delete(path);
            LogCorrupt(digest, _folder.Path);
            lock (_lock)
            {
                _index.Remove(digest);
            }

            return null;
        }

        DateTimeOffset now = _time.GetUtcNow();
        bool touch;
        lock (_lock)
        {
            touch = !_index.TryGet(digest, out BlobIndex.Blob? blob) || now - blob.Touched >= TouchInterval;
            if (touch || !blob!.IsVerified(status))
            {
                _index.Add(new BlobIndex.Blob(digest, status.Length) { Verified = status, Touched = now });
            }
            else
            {
                _index.Use(digest);
            }
        }

        if (touch)
        {
            Touch(path, now);
        }

        return content;
    }

    private static Digest DigestOf(OutputContent content)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[(int)Math.Min(content.Length, FileContent.InMemory)];
        for (long at = 0; at < content.Length;)
        {
            int read = content.Read(at, buffer);
            hash.AppendData(buffer, 0, read);
            at += read;
        }

        return new Digest(hash.GetHashAndReset());
    }
}
