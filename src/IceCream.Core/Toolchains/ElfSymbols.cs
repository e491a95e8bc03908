using System.Buffers.Binary;
using System.Text;
using IceCream.Platform;
using Microsoft.Win32.SafeHandles;

namespace IceCream.Toolchains;

/// <summary>The dynamic symbols of an ELF file, by which it is linked with others in a process (elf(5)).</summary>
/// <param name="Defined">The symbols that it defines.</param>
/// <param name="Wanted">The symbols that it needs from others.</param>
internal sealed record ElfSymbols(IReadOnlySet<string> Defined, IReadOnlySet<string> Wanted)
{
    private const int HeaderSize = 64, SectionSize = 64, SymbolSize = 24, MostSections = 4096, MostBytes = 256 << 20;
    private const uint DynamicSymbols = 11;

    /// <summary>Reads the symbols of a 64-bit little-endian file.</summary>
    /// <returns>Null when the file has another format, is damaged, or has no section headers.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static ElfSymbols? Read(string path)
    {
        using SafeFileHandle file = Linux.OpenRead(path);
        if (ReadAt(file, 0, HeaderSize) is not { } head || !head.AsSpan().StartsWith("\u007fELF\u0002\u0001"u8))
        {
            return null;
        }

        int count = BinaryPrimitives.ReadUInt16LittleEndian(head.AsSpan(60));
        if (count is 0 or > MostSections || BinaryPrimitives.ReadUInt16LittleEndian(head.AsSpan(58)) != SectionSize
            || ReadAt(file, BinaryPrimitives.ReadUInt64LittleEndian(head.AsSpan(40)), (ulong)(count * SectionSize)) is not { } sections)
        {
            return null;
        }

        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> section = sections.AsSpan(i * SectionSize, SectionSize);
            uint names = BinaryPrimitives.ReadUInt32LittleEndian(section[40..]);
            if (BinaryPrimitives.ReadUInt32LittleEndian(section[4..]) == DynamicSymbols)
            {
                return names < count && Content(file, section) is { } symbols && Content(file, sections.AsSpan((int)names * SectionSize, SectionSize)) is { } texts
                    ? Of(symbols, texts)
                    : null;
            }
        }

        return null;
    }

    private static ElfSymbols? Of(ReadOnlySpan<byte> symbols, ReadOnlySpan<byte> texts)
    {
        HashSet<string> defined = new(StringComparer.Ordinal), wanted = new(StringComparer.Ordinal);
        for (; symbols.Length >= SymbolSize; symbols = symbols[SymbolSize..])
        {
            uint name = BinaryPrimitives.ReadUInt32LittleEndian(symbols);
            int end = name < texts.Length ? texts[(int)name..].IndexOf((byte)0) : -1;
            if (end < 0)
            {
                return null;
            }

            bool isLocal = symbols[4] >> 4 == 0;
            if (end > 0 && !isLocal)
            {
                bool isDefined = BinaryPrimitives.ReadUInt16LittleEndian(symbols[6..]) != 0;
                (isDefined ? defined : wanted).Add(Encoding.UTF8.GetString(texts.Slice((int)name, end)));
            }
        }

        return new ElfSymbols(defined, wanted);
    }

    private static byte[]? Content(SafeFileHandle file, ReadOnlySpan<byte> section) =>
        ReadAt(file, BinaryPrimitives.ReadUInt64LittleEndian(section[24..]), BinaryPrimitives.ReadUInt64LittleEndian(section[32..]));

    private static byte[]? ReadAt(SafeFileHandle file, ulong offset, ulong size)
    {
        ulong length = (ulong)RandomAccess.GetLength(file);
        if (size > MostBytes || offset > length || size > length - offset)
        {
            return null;
        }

        byte[] bytes = new byte[size];
        return RandomAccess.Read(file, bytes, (long)offset) == bytes.Length ? bytes : null;
    }
}
