using System.Buffers;
using System.Collections.Immutable;
using IceCream.Jobs;
using MessagePack;

namespace IceCream.Wire;

/// <summary>
/// A tree as bytes: <c>[files, links, folders]</c>, where a file is <c>[path, digest, length, modified]</c> and a link is <c>[path, target]</c>.
/// The writer keeps the given order; a caller that wants equal trees to have equal bytes sorts them first.
/// </summary>
internal static class FileTreeCodec
{
    public static byte[] Encode(FileTree tree)
    {
        var bytes = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(bytes);
        Write(ref writer, tree);
        writer.Flush();
        return bytes.WrittenSpan.ToArray();
    }

    /// <exception cref="WireFormatException">The bytes are no tree.</exception>
    public static FileTree Decode(ReadOnlyMemory<byte> bytes) => WireFields.Decode(new ReadOnlySequence<byte>(bytes), Read);

    public static void Write(ref MessagePackWriter writer, FileTree tree)
    {
        writer.WriteArrayHeader(3);
        writer.WriteArrayHeader(tree.Files.Length);
        foreach (ref readonly TreeFile file in tree.Files.AsSpan())
        {
            writer.WriteArrayHeader(4);
            writer.Write(file.Path);
            writer.WriteDigest(file.Digest);
            writer.Write(file.Length);
            writer.Write(file.Modified);
        }

        writer.WriteArrayHeader(tree.Links.Length);
        foreach (TreeLink link in tree.Links)
        {
            writer.WriteArrayHeader(2);
            writer.Write(link.Path);
            writer.Write(link.Target);
        }

        writer.WriteTexts(tree.Directories);
    }

    public static FileTree Read(ref MessagePackReader reader)
    {
        reader.ReadFields(3);
        int fileCount = reader.ReadCount(WireLimits.TreeEntries);
        var files = ImmutableArray.CreateBuilder<TreeFile>(Math.Min(fileCount, 4096));
        for (int i = 0; i < fileCount; i++)
        {
            reader.ReadFields(4);
            files.Add(new TreeFile(ReadPath(ref reader), reader.ReadDigest(), reader.ReadLength(WireLimits.Blob), reader.ReadInt64()));
        }

        int linkCount = reader.ReadCount(WireLimits.TreeEntries);
        var links = ImmutableArray.CreateBuilder<TreeLink>(Math.Min(linkCount, 4096));
        for (int i = 0; i < linkCount; i++)
        {
            reader.ReadFields(2);
            links.Add(new TreeLink(ReadPath(ref reader), reader.ReadText(WireLimits.Path)));
        }

        int directoryCount = reader.ReadCount(WireLimits.TreeEntries);
        var directories = ImmutableArray.CreateBuilder<string>(Math.Min(directoryCount, 4096));
        for (int i = 0; i < directoryCount; i++)
        {
            directories.Add(ReadPath(ref reader));
        }

        return new FileTree { Files = files.DrainToImmutable(), Links = links.DrainToImmutable(), Directories = directories.DrainToImmutable() };
    }

    /// <summary>A path of a tree: absolute and normalised, so that joined to a root it stays within the root.</summary>
    public static string ReadPath(ref MessagePackReader reader) => CheckPath(reader.ReadText(WireLimits.Path));

    /// <summary>Checks a path that is resolved as it is spelt and never joined to a root.</summary>
    /// <exception cref="WireFormatException">The path is not absolute.</exception>
    public static string CheckAbsolute(string path) =>
        path.StartsWith('/') && !path.Contains('\0', StringComparison.Ordinal) ? path : throw new WireFormatException($"'{path}' is no absolute path.");

    /// <exception cref="WireFormatException">The path is not absolute and normalised.</exception>
    public static string CheckPath(string path) =>
        IsNormal(path) ? path : throw new WireFormatException($"'{path}' is no absolute, normalised path.");

    private static bool IsNormal(ReadOnlySpan<char> path)
    {
        if (path.IsEmpty || path[0] != '/' || path.Contains('\0'))
        {
            return false;
        }

        // Searching for the forbidden sequences is much faster than splitting into names; almost every path contains none of them.
        return path.Length == 1 || (path[^1] != '/' && !path.Contains("//", StringComparison.Ordinal) && !HasDots(path));
    }

    private static bool HasDots(ReadOnlySpan<char> path)
    {
        for (int at; (at = path.IndexOf("/.", StringComparison.Ordinal)) >= 0; path = path[(at + 1)..])
        {
            ReadOnlySpan<char> rest = path[(at + 2)..];
            if (rest.StartsWith('.'))
            {
                rest = rest[1..];
            }

            if (rest.IsEmpty || rest[0] == '/')
            {
                return true;
            }
        }

        return false;
    }
}
