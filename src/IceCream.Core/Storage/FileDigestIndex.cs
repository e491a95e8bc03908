using System.Security.Cryptography;
using System.Text;
using IceCream.Jobs;

namespace IceCream.Storage;

/// <summary>
/// The file that holds remembered digests: a header with the version, the entries, and the SHA-256 of all that. It is a memory of this
/// machine and never travels, so numbers are little-endian as they come.
/// </summary>
internal static class FileDigestIndex
{
    private const long MaxBytes = 512L << 20;
    private const int MinEntryBytes = 1 + 48 + Digest.Size;

    private static ReadOnlySpan<byte> Header => "ICEDIG\x00\x01"u8;

    /// <exception cref="InvalidDataException">It is no index, of another version, or damaged.</exception>
    public static List<KeyValuePair<string, FileDigests.Entry>> Read(string path)
    {
        if (new FileInfo(path).Length is > MaxBytes and var length)
        {
            throw new InvalidDataException($"it has {length} bytes, more than any index");
        }

        byte[] bytes = File.ReadAllBytes(path);
        int end = bytes.Length - Digest.Size;
        if (end < Header.Length + sizeof(int) || !bytes.AsSpan().StartsWith(Header))
        {
            throw new InvalidDataException("it is no index of this version");
        }

        if (new Digest(bytes.AsSpan(end)) != Digest.Of(bytes.AsSpan(0, end)))
        {
            throw new InvalidDataException("it is damaged");
        }

        using BinaryReader reader = new(new MemoryStream(bytes, Header.Length, end - Header.Length), Encoding.UTF8);
        int count = reader.ReadInt32();
        if (count < 0 || count > end / MinEntryBytes)
        {
            throw new InvalidDataException("it announces more entries than it has");
        }

        List<KeyValuePair<string, FileDigests.Entry>> entries = new(count);
        for (int i = 0; i < count; i++)
        {
            string file = reader.ReadString();
            FileIdentity identity = new(
                reader.ReadUInt64(), reader.ReadUInt64(), reader.ReadInt64(), reader.ReadInt64(), reader.ReadUInt32(),
                reader.ReadInt64(), reader.ReadUInt32());
            entries.Add(new(file, new FileDigests.Entry(identity, new Digest(reader.ReadBytes(Digest.Size)))));
        }

        return entries;
    }

    /// <summary>Replaces the index in one step.</summary>
    public static void Write(string path, IReadOnlyCollection<KeyValuePair<string, FileDigests.Entry>> entries)
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
                    WriteEntries(writer, entries);
                }

                file.Write(sha.Hash!);
            }

            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static void WriteEntries(BinaryWriter writer, IReadOnlyCollection<KeyValuePair<string, FileDigests.Entry>> entries)
    {
        Span<byte> digest = stackalloc byte[Digest.Size];
        writer.Write(Header);
        writer.Write(entries.Count);
        foreach ((string file, FileDigests.Entry entry) in entries)
        {
            FileIdentity identity = entry.Identity;
            writer.Write(file);
            writer.Write(identity.Device);
            writer.Write(identity.Inode);
            writer.Write(identity.Length);
            writer.Write(identity.ModifiedSeconds);
            writer.Write(identity.ModifiedNanoseconds);
            writer.Write(identity.ChangedSeconds);
            writer.Write(identity.ChangedNanoseconds);
            entry.Digest.CopyTo(digest);
            writer.Write(digest);
        }
    }
}
