using System.Buffers.Binary;

namespace IceCream.Interop.Icecream;

/// <summary>
/// The versions of icecream's protocol, and the start of its connections: each end sends its newest version in four bytes (little-endian), and then, in four
/// more, the version that both know. Everything after that is big-endian.
/// </summary>
internal static class ClassicVersion
{
    /// <summary>The oldest version that is spoken with monitors.</summary>
    public const int Oldest = 28;

    /// <summary>The newest version, which icecream 1.4 speaks.</summary>
    public const int Newest = 43;

    /// <summary>Bytes of a version.</summary>
    public const int Size = 4;

    /// <summary>The versions that a peer can have: today's icecream begins with 21, and its answers to broadcasts hold at most 127.</summary>
    private const int OldestOfPeers = 21, NewestOfPeers = 127;

    /// <summary>
    /// Whether a connection that begins with these bytes can be a classic one: one byte from 21 to 127 and three zeros. IceLib's own frames begin with a
    /// byte above 127, and TLS with 22 and a 3.
    /// </summary>
    /// <param name="first">The first bytes; fewer than four may have arrived.</param>
    public static bool CanBegin(ReadOnlySpan<byte> first) =>
        (first.IsEmpty || first[0] is >= OldestOfPeers and <= NewestOfPeers) && first[Math.Min(1, first.Length)..Math.Min(Size, first.Length)].IndexOfAnyExcept((byte)0) < 0;

    /// <summary>The newest version that both ends know.</summary>
    /// <param name="newestOfPeer">The peer's newest version.</param>
    /// <returns>Null when there is no common version.</returns>
    public static int? Common(ReadOnlySpan<byte> newestOfPeer)
    {
        uint newest = BinaryPrimitives.ReadUInt32LittleEndian(newestOfPeer);
        return newest >= Oldest ? (int)Math.Min(newest, Newest) : null;
    }

    /// <summary>Writes a version as it is sent.</summary>
    public static void Write(Span<byte> bytes, int version) => BinaryPrimitives.WriteInt32LittleEndian(bytes, version);
}
