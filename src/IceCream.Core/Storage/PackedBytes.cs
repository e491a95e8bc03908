using System.Buffers.Binary;
using System.Collections.Concurrent;
using ZstdSharp;

namespace IceCream.Storage;

/// <summary>
/// The compressed form of stored content: a header, the uncompressed length, and a zstd frame. Readers verify the digest of the content, so that
/// content which only looks compressed is recognized.
/// </summary>
internal static class PackedBytes
{
    /// <summary>The most bytes that are compressed: they are held in memory as a whole.</summary>
    public const int Most = 16 << 20;

    /// <summary>Fewer bytes save no space: a file takes at least one disk block.</summary>
    public const int Least = 4 << 10;

    /// <summary>The fastest of zstd's levels without a significant loss of ratio: higher ones take several times as long for a tenth less (decision 29).</summary>
    private const int Level = 1;

    /// <summary>The length of what precedes the frame.</summary>
    public const int Start = 16;

    private static readonly ConcurrentBag<Compressor> Compressors = [];
    private static readonly ConcurrentBag<Decompressor> Decompressors = [];

    private static ReadOnlySpan<byte> Header => "ICEPACK\x01"u8;

    /// <summary>Compresses bytes.</summary>
    /// <returns>Null where that would save less than an eighth of them.</returns>
    public static byte[]? Pack(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length is < Least or > Most)
        {
            return null;
        }

        byte[] room = new byte[Start + bytes.Length - (bytes.Length / 8)];
        Compressor compressor = Compressors.TryTake(out Compressor? idle) ? idle : new Compressor(Level);
        bool fits = compressor.TryWrap(bytes, room.AsSpan(Start), out int written);
        Compressors.Add(compressor);
        if (!fits)
        {
            return null;
        }

        Header.CopyTo(room);
        BinaryPrimitives.WriteInt64LittleEndian(room.AsSpan(Header.Length), bytes.Length);
        return room[..(Start + written)];
    }

    /// <summary>Whether bytes look compressed.</summary>
    public static bool LooksPacked(ReadOnlySpan<byte> bytes) => bytes.Length >= Start && bytes.StartsWith(Header);

    /// <summary>The uncompressed length according to the header.</summary>
    public static long LengthOf(ReadOnlySpan<byte> packed) => BinaryPrimitives.ReadInt64LittleEndian(packed[Header.Length..]);

    /// <summary>Decompresses bytes.</summary>
    /// <param name="packed">Bytes that look compressed.</param>
    /// <param name="limit">The most uncompressed bytes.</param>
    /// <returns>Null when they are damaged, exceed the limit, or were never compressed.</returns>
    public static byte[]? Unpack(ReadOnlySpan<byte> packed, long limit)
    {
        if (!LooksPacked(packed) || LengthOf(packed) is not (>= 0 and <= Most and var length) || length > limit)
        {
            return null;
        }

        byte[] bytes = new byte[length];
        Decompressor decompressor = Decompressors.TryTake(out Decompressor? idle) ? idle : new Decompressor();
        try
        {
            return decompressor.TryUnwrap(packed[Start..], bytes, out int written) && written == length ? bytes : null;
        }
        catch (ZstdException)
        {
            return null;
        }
        finally
        {
            Decompressors.Add(decompressor);
        }
    }
}
