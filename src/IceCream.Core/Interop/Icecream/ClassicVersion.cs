using System.Buffers.Binary;

namespace IceCream.Interop.Icecream;

/// <summary>
/// The versions of icecream's protocol, and how a connection of that kind begins: each end says its newest version in four bytes, least significant
/// first, and then, in four more, the one that both know. Everything after that is most significant first.
/// </summary>
internal static class ClassicVersion
{
    /// <summary>The oldest that monitors are spoken to in.</summary>
    public const int Oldest = 28;

    /// <summary>The newest, which icecream 1.4 speaks.</summary>
    public const int Newest = 43;

    /// <summary>Bytes of a version.</summary>
    public const int Size = 4;

    /// <summary>What a peer can have: today's icecream begins with 21, and its answers to broadcasts hold no more than 127.</summary>
    private const int OldestOfPeers = 21, NewestOfPeers = 127;

    /// <summary>
    /// Whether a connection that begins with these bytes can be of the classic kind: one byte from 21 to 127 and three zeros. Our own frames begin with a
    /// byte above 127, and TLS with 22 and a 3.
    /// </summary>
    /// <param name="first">The first bytes, of which there may be fewer than four yet.</param>
    public static bool CanBegin(ReadOnlySpan<byte> first) =>
        (first.IsEmpty || first[0] is >= OldestOfPeers and <= NewestOfPeers) && first[Math.Min(1, first.Length)..Math.Min(Size, first.Length)].IndexOfAnyExcept((byte)0) < 0;

    /// <summary>The version that both ends know.</summary>
    /// <param name="newestOfPeer">The peer's newest.</param>
    /// <returns>Null when there is none.</returns>
    public static int? Common(ReadOnlySpan<byte> newestOfPeer)
    {
        uint newest = BinaryPrimitives.ReadUInt32LittleEndian(newestOfPeer);
        return newest >= Oldest ? (int)Math.Min(newest, Newest) : null;
    }

    /// <summary>A version as it is said.</summary>
    public static void Write(Span<byte> bytes, int version) => BinaryPrimitives.WriteInt32LittleEndian(bytes, version);
}
