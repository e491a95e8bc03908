using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;
using IceCream.Platform;
using Microsoft.Win32.SafeHandles;

namespace IceCream.Toolchains;

/// <summary>The requirements of an ELF file that the loader must satisfy.</summary>
/// <param name="Is64">Whether its addresses have 64 bits.</param>
/// <param name="Machine">The processor (<c>e_machine</c>): the loader skips libraries for another one.</param>
/// <param name="Interpreter">The loader's path; null for libraries and static programs.</param>
/// <param name="Needed">The libraries, by name or path.</param>
/// <param name="RunPath">Folders to search, separated by colons (<c>DT_RUNPATH</c>).</param>
/// <param name="RPath">The older form (<c>DT_RPATH</c>), which also applies to the libraries' own dependencies.</param>
internal sealed record ElfImports(bool Is64, int Machine, string? Interpreter, ImmutableArray<string> Needed, string? RunPath, string? RPath)
{
    private const int MostHeaders = 512, MostDynamicBytes = 64 << 10, LongestText = 4096;
    private const uint Load = 1, Dynamic = 2, Interp = 3;
    private const ulong TagNeeded = 1, TagStrings = 5, TagRPath = 15, TagRunPath = 29;

    /// <summary>Reads the parts of a file that the loader would read; all offsets are checked against the file's length.</summary>
    /// <returns>Null when it is not an ELF file, or is damaged.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static ElfImports? Read(string path)
    {
        using SafeFileHandle file = Linux.OpenRead(path);
        Span<byte> head = stackalloc byte[64];
        int length = RandomAccess.Read(file, head, 0);
        if (length < 52 || !head[..4].SequenceEqual("\u007fELF"u8) || head[4] is not (1 or 2) || head[5] is not (1 or 2))
        {
            return null;
        }

        bool wide = head[4] == 2;
        if (wide && length < 64)
        {
            return null;
        }

        var reader = new Fields(wide, Little: head[5] == 1);
        ulong table = wide ? reader.Word(head[32..]) : reader.Word(head[28..]);
        int entry = reader.Half(head[(wide ? 54 : 42)..]);
        int count = reader.Half(head[(wide ? 56 : 44)..]);
        int machine = reader.Half(head[18..]);
        if (count > MostHeaders || entry < (wide ? 56 : 32) || ReadAt(file, table, (ulong)(entry * count)) is not { } headers)
        {
            return null;
        }

        var loads = new List<(ulong Address, ulong Offset, ulong Size)>();
        string? interpreter = null;
        byte[] dynamic = [];
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> header = headers.AsSpan(i * entry, entry);
            ulong offset = wide ? reader.Word(header[8..]) : reader.Word(header[4..]);
            ulong address = wide ? reader.Word(header[16..]) : reader.Word(header[8..]);
            ulong size = wide ? reader.Word(header[32..]) : reader.Word(header[16..]);
            switch (reader.Int(header))
            {
                case Load:
                    loads.Add((address, offset, size));
                    break;
                case Interp:
                    interpreter = size <= LongestText ? TextAt(file, offset) : null;
                    break;
                case Dynamic when size > MostDynamicBytes || ReadAt(file, offset, size) is null:
                    return null;
                case Dynamic:
                    dynamic = ReadAt(file, offset, size)!;
                    break;
                default:
                    break;
            }
        }

        return ReadDynamic(file, reader, dynamic, loads, new ElfImports(wide, machine, interpreter, [], null, null));
    }

    private static ElfImports? ReadDynamic(
        SafeFileHandle file, Fields reader, byte[] dynamic, List<(ulong Address, ulong Offset, ulong Size)> loads, ElfImports imports)
    {
        int word = imports.Is64 ? 8 : 4;
        var entries = new List<(ulong Tag, ulong Value)>();
        for (int i = 0; i + (2 * word) <= dynamic.Length; i += 2 * word)
        {
            ulong tag = reader.Word(dynamic.AsSpan(i));
            if (tag == 0)
            {
                break;
            }

            entries.Add((tag, reader.Word(dynamic.AsSpan(i + word))));
        }

        ulong strings = entries.Find(static e => e.Tag == TagStrings).Value;
        int home = loads.FindIndex(load => strings >= load.Address && strings - load.Address < load.Size);
        if (home < 0)
        {
            return entries.Exists(static e => e.Tag == TagNeeded) ? null : imports;
        }

        ulong start = strings - loads[home].Address + loads[home].Offset;
        var needed = ImmutableArray.CreateBuilder<string>();
        foreach ((ulong tag, ulong value) in entries)
        {
            if (tag is not (TagNeeded or TagRPath or TagRunPath))
            {
                continue;
            }

            if (TextAt(file, start + value) is not { } text)
            {
                return null;
            }

            switch (tag)
            {
                case TagNeeded:
                    needed.Add(text);
                    break;
                case TagRPath:
                    imports = imports with { RPath = text };
                    break;
                default:
                    imports = imports with { RunPath = text };
                    break;
            }
        }

        return imports with { Needed = needed.ToImmutable() };
    }

    private static byte[]? ReadAt(SafeFileHandle file, ulong offset, ulong size)
    {
        ulong length = (ulong)RandomAccess.GetLength(file);
        if (offset > length || size > length - offset)
        {
            return null;
        }

        var bytes = new byte[size];
        return RandomAccess.Read(file, bytes, (long)offset) == bytes.Length ? bytes : null;
    }

    private static string? TextAt(SafeFileHandle file, ulong offset)
    {
        if (offset > (ulong)RandomAccess.GetLength(file))
        {
            return null;
        }

        Span<byte> bytes = stackalloc byte[LongestText];
        int count = RandomAccess.Read(file, bytes, (long)offset);
        int end = bytes[..count].IndexOf((byte)0);
        return end < 0 ? null : Encoding.UTF8.GetString(bytes[..end]);
    }

    private readonly record struct Fields(bool Wide, bool Little)
    {
        public int Half(ReadOnlySpan<byte> bytes) =>
            Little ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16BigEndian(bytes);

        public uint Int(ReadOnlySpan<byte> bytes) =>
            Little ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : BinaryPrimitives.ReadUInt32BigEndian(bytes);

        public ulong Word(ReadOnlySpan<byte> bytes) =>
            !Wide ? Int(bytes) : Little ? BinaryPrimitives.ReadUInt64LittleEndian(bytes) : BinaryPrimitives.ReadUInt64BigEndian(bytes);
    }
}
