using System.Security.Cryptography;
using System.Text;
using IceCream.Jobs;

namespace IceCream.Digests;

/// <summary>A file of saved state: a header with the version, the content, and the SHA-256 of both. It is replaced atomically.</summary>
internal static class StateFile
{
    private static readonly TimeSpan Stale = TimeSpan.FromHours(1);

    /// <summary>Opens a file and skips its header. The whole file is then in memory.</summary>
    /// <exception cref="InvalidDataException">The file is of another kind or version, too long, or damaged.</exception>
    public static BinaryReader Open(string path, ReadOnlySpan<byte> header, long maxBytes)
    {
        if (new FileInfo(path).Length is var length && length > maxBytes)
        {
            throw new InvalidDataException($"it has {length} bytes, more than any index");
        }

        byte[] bytes = File.ReadAllBytes(path);
        int end = bytes.Length - Digest.Size;
        if (end < header.Length + sizeof(int) || !bytes.AsSpan().StartsWith(header))
        {
            throw new InvalidDataException("it is no index of this version");
        }

        return new Digest(bytes.AsSpan(end)) == Digest.Of(bytes.AsSpan(0, end))
            ? new BinaryReader(new MemoryStream(bytes, header.Length, end - header.Length), Encoding.UTF8)
            : throw new InvalidDataException("it is damaged");
    }

    /// <summary>Replaces a file atomically. The written content must begin with the header.</summary>
    public static void Replace(string path, Action<BinaryWriter> write)
    {
        string temporary = $"{path}.{Guid.NewGuid():N}";
        try
        {
            using (FileStream file = new(temporary, FileMode.CreateNew, FileAccess.Write))
            using (SHA256 sha = SHA256.Create())
            {
                using (CryptoStream hashed = new(file, sha, CryptoStreamMode.Write, leaveOpen: true))
                using (BinaryWriter writer = new(hashed, Encoding.UTF8))
                {
                    write(writer);
                }

                file.Write(sha.Hash!);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch (ArgumentOutOfRangeException e)
        {
            // The framework throws this exception for EFBIG.
            throw new IOException($"'{path}' would be larger than the limit to the size of files (ulimit -f) allows.", e);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>Removes temporary files, older than an hour, of processes that were killed while they replaced the file.</summary>
    public static void RemoveStale(string path, DateTimeOffset now)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is not { } folder || !Directory.Exists(folder))
        {
            return;
        }

        foreach (string left in Directory.EnumerateFiles(folder, Path.GetFileName(path) + ".*"))
        {
            if (Guid.TryParseExact(Path.GetExtension(left).TrimStart('.'), "N", out _) && now - File.GetLastWriteTimeUtc(left) > Stale)
            {
                File.Delete(left);
            }
        }
    }

    public static Digest ReadDigest(BinaryReader reader)
    {
        Span<byte> digest = stackalloc byte[Digest.Size];
        reader.BaseStream.ReadExactly(digest);
        return new Digest(digest);
    }

    public static void Write(BinaryWriter writer, in Digest digest)
    {
        Span<byte> bytes = stackalloc byte[Digest.Size];
        digest.CopyTo(bytes);
        writer.Write(bytes);
    }

    public static void Write(BinaryWriter writer, in FileIdentity identity)
    {
        writer.Write(identity.Device);
        writer.Write(identity.Inode);
        writer.Write(identity.Length);
        writer.Write(identity.ModifiedSeconds);
        writer.Write(identity.ModifiedNanoseconds);
        writer.Write(identity.ChangedSeconds);
        writer.Write(identity.ChangedNanoseconds);
    }

    public static FileIdentity ReadIdentity(BinaryReader reader) => new(
        reader.ReadUInt64(), reader.ReadUInt64(), reader.ReadInt64(), reader.ReadInt64(), reader.ReadUInt32(), reader.ReadInt64(), reader.ReadUInt32());
}
