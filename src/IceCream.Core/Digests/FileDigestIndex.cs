using IceCream.Jobs;

namespace IceCream.Digests;

/// <summary>
/// The file of remembered digests: a header with the version, and the entries. The file never leaves this machine, so numbers are in
/// little-endian order.
/// </summary>
internal static class FileDigestIndex
{
    private const long MaxBytes = 512L << 20;
    private const int MinEntryBytes = 1 + 48 + Digest.Size + sizeof(int);

    private static ReadOnlySpan<byte> Header => "ICEDIG\x00\x02"u8;

    /// <exception cref="InvalidDataException">The file is no index, of another version, or damaged.</exception>
    public static List<KeyValuePair<string, FileDigests.Entry>> Read(string path)
    {
        using BinaryReader reader = StateFile.Open(path, Header, MaxBytes);
        int count = reader.ReadInt32();
        if (count < 0 || count > reader.BaseStream.Length / MinEntryBytes)
        {
            throw new InvalidDataException("it announces more entries than it has");
        }

        List<KeyValuePair<string, FileDigests.Entry>> entries = new(count);
        for (int i = 0; i < count; i++)
        {
            string file = reader.ReadString();
            FileIdentity identity = StateFile.ReadIdentity(reader);
            entries.Add(new(file, new FileDigests.Entry(identity, StateFile.ReadDigest(reader), reader.ReadInt32())));
        }

        return entries;
    }

    /// <summary>Replaces the index atomically.</summary>
    public static void Write(string path, IReadOnlyCollection<KeyValuePair<string, FileDigests.Entry>> entries)
    {
        StateFile.Replace(path, writer => WriteEntries(writer, entries));
    }

    private static void WriteEntries(BinaryWriter writer, IReadOnlyCollection<KeyValuePair<string, FileDigests.Entry>> entries)
    {
        writer.Write(Header);
        writer.Write(entries.Count);
        foreach ((string file, FileDigests.Entry entry) in entries)
        {
            writer.Write(file);
            StateFile.Write(writer, entry.Identity);
            StateFile.Write(writer, entry.Digest);
            writer.Write(entry.UsedOn);
        }
    }
}
