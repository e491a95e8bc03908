namespace IceCream.Tests.Wire;

/// <summary>Makes frames that somebody hostile, or a broken cable, might send: of good ones, and of nothing.</summary>
internal sealed class FrameMutator(IReadOnlyList<byte[]> good, Random chance)
{
    /// <summary>Heads of MessagePack that promise much: lists, maps, texts and bytes of the largest lengths, numbers at their ends, and what has no meaning.</summary>
    private static readonly byte[][] Extremes =
    [
        [0xdd, 0xff, 0xff, 0xff, 0xff], [0xdd, 0x7f, 0xff, 0xff, 0xff], [0xdc, 0xff, 0xff], [0xdf, 0xff, 0xff, 0xff, 0xff], [0xde, 0xff, 0xff],
        [0xdb, 0xff, 0xff, 0xff, 0xff], [0xdb, 0x7f, 0xff, 0xff, 0xff], [0xda, 0xff, 0xff], [0xc6, 0xff, 0xff, 0xff, 0xff], [0xc6, 0x7f, 0xff, 0xff, 0xff], [0xc5, 0xff, 0xff],
        [0xd3, 0x80, 0, 0, 0, 0, 0, 0, 0], [0xd3, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], [0xcf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], [0xd2, 0x80, 0, 0, 0],
        [0xcb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0], [0xcb, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0], [0xc0], [0xc1], [0xc2], [0x90], [0x9f], [0x80], [0xa0], [0xc9, 0xff, 0xff, 0xff, 0xff, 1],
        [0x91, 0x91, 0x91, 0x91, 0x91, 0x91, 0x91, 0x91], [0xa4, 0xed, 0xa0, 0x80, 0xff],
    ];

    /// <summary>The next frame.</summary>
    public byte[] Next()
    {
        if (chance.Next(8) == 0)
        {
            byte[] noise = new byte[chance.Next(256)];
            chance.NextBytes(noise);
            return noise;
        }

        List<byte> frame = [.. good[chance.Next(good.Count)]];
        for (int i = chance.Next(4); i >= 0; i--)
        {
            Mutate(frame);
        }

        return [.. frame];
    }

    private void Mutate(List<byte> frame)
    {
        int at = chance.Next(frame.Count + 1), length = Math.Min(chance.Next(1, 9), frame.Count - at);
        switch (chance.Next(7))
        {
            case 0 when at < frame.Count:
                frame[at] = (byte)chance.Next(256);
                break;
            case 1 when at < frame.Count:
                frame[at] ^= (byte)(1 << chance.Next(8));
                break;
            case 2:
                frame.RemoveRange(at, frame.Count - at);
                break;
            case 3:
                frame.RemoveRange(at, length);
                break;
            case 4:
                frame.InsertRange(at, frame.GetRange(at, length));
                break;
            case 5:
                byte[] other = good[chance.Next(good.Count)];
                frame.RemoveRange(at, frame.Count - at);
                frame.AddRange(other[chance.Next(other.Length)..]);
                break;
            default:
                frame.RemoveRange(at, Math.Min(1, frame.Count - at));
                frame.InsertRange(at, Extremes[chance.Next(Extremes.Length)]);
                break;
        }
    }
}
