using System.Runtime.InteropServices;
using IceCream.Jobs;

namespace IceCream.Caching.Sharing;

/// <summary>
/// A Bloom filter of digests. It takes 2 bytes per digest, grows as it fills, and has a false positive rate of about 1 in 1,700. One thread adds; any
/// number of threads query. What is listed comes from others, without end if they like: with too many digests it tells none apart any more, and takes no memory.
/// </summary>
/// <param name="most">How many digests it tells apart at most, at least 65,536.</param>
internal sealed class DigestFilter(int most = DigestFilter.Most)
{
    /// <summary>How many digests are told apart, in 32 MiB.</summary>
    public const int Most = 16 << 20;

    private const int BitsOfOne = 16, Bits = 8, Least = 1 << 16;

    private ulong[][] _layers = [new ulong[Least * BitsOfOne / 64]];
    private int _count, _all;
    private volatile bool _isFull;

    /// <summary>Adds a digest.</summary>
    public void Add(Digest digest)
    {
        if (_isFull)
        {
            return;
        }

        if (_all++ == most)
        {
            // Whoever finds no layers finds it full.
            _isFull = true;
            Volatile.Write(ref _layers, []);
            return;
        }

        ulong[] last = _layers[^1];
        if (_count++ == last.Length * 64 / BitsOfOne)
        {
            last = new ulong[last.Length * 2];
            Volatile.Write(ref _layers, [.. _layers, last]);
            _count = 1;
        }

        foreach (ulong bit in PlacesOf(digest))
        {
            ulong place = bit % ((ulong)last.Length * 64);
            Volatile.Write(ref last[place / 64], last[place / 64] | (1UL << (int)(place % 64)));
        }
    }

    /// <summary>Whether a digest may have been added.</summary>
    public bool MayHold(Digest digest)
    {
        ulong[] places = PlacesOf(digest);
        foreach (ulong[] layer in Volatile.Read(ref _layers))
        {
            if (Array.TrueForAll(places, bit => (Volatile.Read(ref layer[bit % ((ulong)layer.Length * 64) / 64]) & (1UL << (int)(bit % ((ulong)layer.Length * 64) % 64))) != 0))
            {
                return true;
            }
        }

        return _isFull;
    }

    /// <summary>The bit positions of a digest. A digest's bits are as good as any hash of it: two of its words give eight positions.</summary>
    private static ulong[] PlacesOf(Digest digest)
    {
        Span<byte> bytes = stackalloc byte[Digest.Size];
        digest.CopyTo(bytes);
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(bytes);
        var places = new ulong[Bits];
        for (int i = 0; i < Bits; i++)
        {
            places[i] = words[0] + ((ulong)i * (words[1] | 1));
        }

        return places;
    }
}
