using System.Security.Cryptography;
using IceCream.Jobs;
using IceCream.Platform;
using Microsoft.Win32.SafeHandles;

namespace IceCream.Storage;

/// <content>Blobs whose content is used directly: each is hashed at every read, even if its file was verified before.</content>
internal sealed partial class DiskBlobStore
{
    /// <summary>The content of a blob, which counts as a use; null when it is missing, or damaged: then it is removed.</summary>
    /// <param name="digest">Its digest.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    public OutputContent? TryTake(Digest digest)
    {
        string path = _folder.PathOf(digest);
        if (Linux.Stat(path, followLinks: false, out FileStatus status) != 0 || !status.IsRegular)
        {
            lock (_lock)
            {
                RemoveIfGone(digest);
            }

            return null;
        }

        OutputContent? content;
        try
        {
            content = ReadWhole(digest, path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            // Another process evicted it a moment ago.
            return null;
        }

        if (content is null)
        {
            return null;
        }

        DateTimeOffset now = _time.GetUtcNow();
        bool touch;
        lock (_lock)
        {
            touch = !_index.TryGet(digest, out BlobIndex.Blob? blob) || now - blob.Touched >= TouchInterval;
            if (touch || !blob!.IsVerified(status))
            {
                AddIfThere(new BlobIndex.Blob(digest, status.Length) { Verified = status, Touched = now });
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

    /// <summary>Stores content in compressed form. Readers of the content see no difference, but a link or a copy of the file has the compressed bytes.</summary>
    /// <param name="digest">The digest of the uncompressed content.</param>
    /// <param name="packed">The compressed bytes.</param>
    /// <exception cref="IOException">The store is full or cannot be written.</exception>
    public void PutPacked(Digest digest, byte[] packed)
    {
        using var writer = new DiskBlobWriter(_folder.NewTemporary(), Digest.Of(packed), packed.Length, BlobMode, (_, temporary) => Publish(digest, temporary), MakeRoom);
        writer.Write(packed);
        writer.Commit();
    }

    /// <summary>Whether the file system supports reflinks.</summary>
    /// <exception cref="IOException">The store is full or cannot be written.</exception>
    public bool Clones()
    {
        string from = _folder.NewTemporary(), into = _folder.NewTemporary();
        try
        {
            File.WriteAllBytes(from, new byte[PackedBytes.Least]);
            using SafeFileHandle source = File.OpenHandle(from), target = File.OpenHandle(into, FileMode.CreateNew, FileAccess.Write);
            return Linux.TryClone(source, target);
        }
        finally
        {
            File.Delete(from);
            File.Delete(into);
        }
    }

    /// <summary>A file's content, uncompressed if it was compressed.</summary>
    /// <returns>Null when the content does not match the digest: the file is then closed.</returns>
    internal static OutputContent? WholeOf(OutputContent content, Digest digest)
    {
        if (content.Length <= PackedBytes.Most)
        {
            Span<byte> start = stackalloc byte[PackedBytes.Start];
            int read = content.Read(0, start);
            if (PackedBytes.LooksPacked(start[..read]) && PackedBytes.Unpack(content.ToArray(), PackedBytes.Most) is { } bytes && Digest.Of(bytes) == digest)
            {
                content.Dispose();
                return OutputContent.Of(bytes);
            }
        }

        if (DigestOf(content) == digest)
        {
            return content;
        }

        content.Dispose();
        return null;
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
