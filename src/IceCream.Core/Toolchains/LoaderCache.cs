using System.Runtime.InteropServices;
using System.Text;

namespace IceCream.Toolchains;

/// <summary>The index by which the C library's loader finds libraries outside its built-in folders: <c>ld.so.cache</c>, written by <c>ldconfig</c>.</summary>
internal static class LoaderCache
{
    /// <summary>The path that every loader of glibc uses.</summary>
    public const string Usual = "/etc/ld.so.cache";

    private const int OldHeader = 16, OldEntry = 12, Header = 48, Entry = 24;
    private const int CountAt = 20, NameAt = 4, PathAt = 8;

    /// <summary>The paths of each name in an index, in its order; empty for an unknown format.</summary>
    public static Dictionary<string, List<string>> Read(ReadOnlySpan<byte> index)
    {
        var paths = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        if (index.StartsWith("ld.so-1.7.0"u8) && index.Length >= OldHeader)
        {
            // Older caches begin with a part for even older loaders. Offsets are relative to the end of that part.
            long end = (OldHeader + ((long)Number(index, OldHeader - 4) * OldEntry) + 7) & ~7L;
            index = end <= index.Length ? index[(int)end..] : [];
        }

        if (!index.StartsWith("glibc-ld.so.cache1.1"u8) || index.Length < Header)
        {
            return paths;
        }

        uint count = Number(index, CountAt);
        for (int at = Header; count > 0 && at + Entry <= index.Length; count--, at += Entry)
        {
            if (Text(index, Number(index, at + NameAt)) is { } name && Text(index, Number(index, at + PathAt)) is { } path)
            {
                ref List<string>? known = ref CollectionsMarshal.GetValueRefOrAddDefault(paths, name, out _);
                (known ??= []).Add(path);
            }
        }

        return paths;
    }

    /// <summary>Reads a number in this machine's byte order, in which it was written.</summary>
    private static uint Number(ReadOnlySpan<byte> index, int at) => MemoryMarshal.Read<uint>(index[at..]);

    private static string? Text(ReadOnlySpan<byte> index, uint at)
    {
        if (at >= index.Length)
        {
            return null;
        }

        ReadOnlySpan<byte> rest = index[(int)at..];
        int end = rest.IndexOf((byte)0);
        return end < 0 ? null : Encoding.UTF8.GetString(rest[..end]);
    }
}
