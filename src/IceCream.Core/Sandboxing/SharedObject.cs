using System.Buffers.Binary;
using System.Text;

namespace IceCream.Sandboxing;

/// <summary>
/// The smallest shared object for x86-64 that a loader takes: one function under two names, and one that it imports. It needs no library
/// of its own, so that it loads beside any C library. The format is that of the System V ABI (generic, chapters 4 and 5; AMD64, §4.4).
/// </summary>
internal static class SharedObject
{
    /// <summary>The segment that is read and executed holds all that comes before this; what follows is written by the loader.</summary>
    private const int WritableAt = 0x1000;

    private const int HeaderSize = 64, SegmentSize = 56, SymbolSize = 24, RelocationSize = 24, DynamicSize = 16;
    private const uint Load = 1, Dynamic = 2, Stack = 0x6474E551;
    private const uint Execute = 1, Write = 2, Read = 4;

    /// <summary>Makes the object whose functions <see cref="HugePageMapping"/> describes.</summary>
    public static byte[] OfHugePages()
    {
        (string Name, int Offset)[] names = Names(HugePageMapping.Import, HugePageMapping.Name, HugePageMapping.LargeFileName);
        byte[] strings = Encoding.ASCII.GetBytes("\0" + string.Concat(names.Select(static name => name.Name + "\0")));

        // One after another, each on a border of 8 bytes or more.
        int hash = HeaderSize + (4 * SegmentSize);
        int symbols = Align(hash + ((2 + 1 + 1 + names.Length) * sizeof(uint)), 8);
        int relocations = symbols + ((1 + names.Length) * SymbolSize);
        int text = relocations + RelocationSize;
        int code = Align(text + strings.Length, 16);
        (long Tag, long Value)[] dynamic =
        [
            (4, hash), (5, text), (6, symbols), (10, strings.Length), (11, SymbolSize),
            (7, relocations), (8, RelocationSize), (9, RelocationSize), (0, 0),
        ];
        int import = WritableAt + (dynamic.Length * DynamicSize);
        var image = new byte[import + sizeof(long)];

        Header(image);
        Segment(image, 0, Load, Read | Execute, 0, code + HugePageMapping.Code.Length, 0x1000);
        Segment(image, 1, Load, Read | Write, WritableAt, image.Length - WritableAt, 0x1000);
        Segment(image, 2, Dynamic, Read | Write, WritableAt, dynamic.Length * DynamicSize, 8);

        // Without this one, loaders take it that the stack must be executable.
        Segment(image, 3, Stack, Read | Write, 0, 0, 16);

        // One bucket: a chain of all symbols, from the last to the first.
        Words(image, hash, [1, (uint)(1 + names.Length), (uint)names.Length, 0, .. Enumerable.Range(0, names.Length).Select(static i => (uint)i)]);
        for (int i = 0; i < names.Length; i++)
        {
            // Global functions; the first is somebody else's, the others begin where the code does.
            Symbol(image, symbols + ((1 + i) * SymbolSize), names[i].Offset, imported: i == 0, code, HugePageMapping.Code.Length);
        }

        // R_X86_64_GLOB_DAT: the loader writes the address of the first symbol there.
        Long(image, relocations, import);
        Long(image, relocations + 8, (1L << 32) | 6);
        strings.CopyTo(image, text);
        HugePageMapping.Code.CopyTo(image.AsSpan(code));
        Int(image, code + HugePageMapping.CallOperand, import - (code + HugePageMapping.CallEnd));
        for (int i = 0; i < dynamic.Length; i++)
        {
            Long(image, WritableAt + (i * DynamicSize), dynamic[i].Tag);
            Long(image, WritableAt + (i * DynamicSize) + 8, dynamic[i].Value);
        }

        return image;
    }

    private static (string Name, int Offset)[] Names(params string[] names)
    {
        int offset = 1;
        return [.. names.Select(name => (name, (offset += name.Length + 1) - name.Length - 1))];
    }

    private static void Header(Span<byte> image)
    {
        // 64 bits, little-endian, version 1; a shared object (3) for AMD64 (62).
        "\u007fELF\u0002\u0001\u0001"u8.CopyTo(image);
        BinaryPrimitives.WriteUInt16LittleEndian(image[16..], 3);
        BinaryPrimitives.WriteUInt16LittleEndian(image[18..], 62);
        Int(image, 20, 1);
        Long(image, 32, HeaderSize);
        BinaryPrimitives.WriteUInt16LittleEndian(image[52..], HeaderSize);
        BinaryPrimitives.WriteUInt16LittleEndian(image[54..], SegmentSize);
        BinaryPrimitives.WriteUInt16LittleEndian(image[56..], 4);
    }

    private static void Segment(Span<byte> image, int index, uint type, uint rights, long at, long size, long border)
    {
        Span<byte> segment = image.Slice(HeaderSize + (index * SegmentSize), SegmentSize);
        Words(segment, 0, [type, rights]);
        Long(segment, 8, at);
        Long(segment, 16, at);
        Long(segment, 24, at);
        Long(segment, 32, size);
        Long(segment, 40, size);
        Long(segment, 48, border);
    }

    private static void Symbol(Span<byte> image, int at, int name, bool imported, int code, int size)
    {
        const byte globalFunction = 0x12;
        Int(image, at, name);
        image[at + 4] = globalFunction;
        if (!imported)
        {
            // Any section but the undefined one will do: there is no table of sections.
            BinaryPrimitives.WriteUInt16LittleEndian(image[(at + 6)..], 1);
            Long(image, at + 8, code);
            Long(image, at + 16, size);
        }
    }

    private static int Align(int offset, int border) => (offset + border - 1) / border * border;

    private static void Words(Span<byte> image, int at, ReadOnlySpan<uint> values)
    {
        foreach (uint value in values)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(image[at..], value);
            at += sizeof(uint);
        }
    }

    private static void Int(Span<byte> image, int at, int value) => BinaryPrimitives.WriteInt32LittleEndian(image[at..], value);

    private static void Long(Span<byte> image, int at, long value) => BinaryPrimitives.WriteInt64LittleEndian(image[at..], value);
}
