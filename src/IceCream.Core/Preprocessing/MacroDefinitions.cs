using System.Text;

namespace IceCream.Preprocessing;

/// <summary>
/// The macros that a source defines, kept as text: few sources have computed includes, so most definitions are never looked up. The first
/// search builds an index by the hashes of the names. Thread-safe.
/// </summary>
internal sealed class MacroDefinitions
{
    private readonly byte[] _text;
    private NameIndex? _index;

    private MacroDefinitions(byte[] text) => _text = text;

    public static MacroDefinitions None { get; } = new([]);

    /// <summary>The approximate size of the definitions and their index in bytes.</summary>
    public int Footprint => 2 * _text.Length;

    /// <summary>Whether both have the same definitions in the same order.</summary>
    public bool AreThoseOf(MacroDefinitions other) => _text.AsSpan().SequenceEqual(other._text);

    /// <summary>Keeps the definitions of a text, each ended by a line feed.</summary>
    public static MacroDefinitions Of(ReadOnlySpan<byte> text) => text.IsEmpty ? None : new MacroDefinitions(text.ToArray());

    /// <summary>Adds all definitions of a macro, each as the text that follows <c>#define</c>.</summary>
    /// <param name="name">The macro's name in UTF-8.</param>
    /// <param name="hash">The name's <see cref="Hash"/>.</param>
    /// <param name="found">Where to add them.</param>
    public void Find(ReadOnlySpan<byte> name, uint hash, HashSet<string> found)
    {
        // Two threads that begin at once build the same index.
        (uint[] hashes, int[] starts) = _index ??= IndexOf(_text);
        int at = Array.BinarySearch(hashes, hash);
        if (at < 0)
        {
            return;
        }

        while (at > 0 && hashes[at - 1] == hash)
        {
            at--;
        }

        for (; at < hashes.Length && hashes[at] == hash; at++)
        {
            if (NameAt(_text, starts[at]).SequenceEqual(name))
            {
                ReadOnlySpan<byte> rest = _text.AsSpan(starts[at]);
                found.Add(Encoding.UTF8.GetString(rest[..rest.IndexOf((byte)'\n')]));
            }
        }
    }

    /// <summary>FNV-1a.</summary>
    public static uint Hash(ReadOnlySpan<byte> name)
    {
        uint hash = 2166136261;
        foreach (byte b in name)
        {
            hash = (hash ^ b) * 16777619;
        }

        return hash;
    }

    private static NameIndex IndexOf(byte[] text)
    {
        int count = text.AsSpan().Count((byte)'\n');
        uint[] hashes = new uint[count];
        int[] starts = new int[count];
        int start = 0;
        for (int i = 0; i < count; i++)
        {
            starts[i] = start;
            hashes[i] = Hash(NameAt(text, start));
            start += text.AsSpan(start).IndexOf((byte)'\n') + 1;
        }

        Array.Sort(hashes, starts);
        return new NameIndex(hashes, starts);
    }

    private static ReadOnlySpan<byte> NameAt(byte[] text, int start)
    {
        ReadOnlySpan<byte> rest = text.AsSpan(start);
        int end = rest.IndexOfAnyExcept(SourceBytes.Word);
        return end < 0 ? rest : rest[..end];
    }

    /// <param name="Hashes">The hashes of all names, sorted.</param>
    /// <param name="Starts">Where the definition of each name begins.</param>
    private sealed record NameIndex(uint[] Hashes, int[] Starts);
}
