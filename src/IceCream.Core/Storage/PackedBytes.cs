using System.Buffers.Binary;
using System.Collections.Concurrent;
using ZstdSharp;

namespace IceCream.Storage;

/// <summary>
/// Bytes as they are kept where room is dear: a header, how many there are, and a frame of zstd. Whoever reads knows what they must be by their digest, so that bytes which only
/// look packed are told from those which are.
/// </summary>
internal static class PackedBytes
{
    /// <summary>The most that are packed: they are held in memory whole.</summary>
    public const int Most = 16 << 20;

    /// <summary>Fewer take no less room: a file has at least a block of the disk.</summary>
    public const int Least = 4 << 10;

    /// <summary>The quickest of zstd's levels without loss of ratio worth having: higher ones take several times as long for a tenth less (decision 29).</summary>
    private const int Level = 1;

    /// <summary>The bytes before the frame.</summary>
    public const int Start = 16;

    private static readonly ConcurrentBag<Compressor> Compressors = [];
    private static readonly ConcurrentBag<Decompressor> Decompressors = [];

    private static ReadOnlySpan<byte> Header => "ICEPACK\x01"u8;

    /// <summary>Packs bytes.</summary>
    /// <returns>Null where that would not save an eighth of them.</returns>
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

    /// <summary>Whether bytes look packed.</summary>
    public static bool LooksPacked(ReadOnlySpan<byte> bytes) => bytes.Length >= Start && bytes.StartsWith(Header);

    /// <summary>How many bytes packed ones say that they are.</summary>
    public static long LengthOf(ReadOnlySpan<byte> packed) => BinaryPrimitives.ReadInt64LittleEndian(packed[Header.Length..]);

    /// <summary>The bytes again.</summary>
    /// <param name="packed">What looks packed.</param>
    /// <param name="limit">So many at most.</param>
    /// <returns>Null when they are damaged, more than is allowed, or were never packed.</returns>
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
