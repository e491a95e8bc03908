using System.Buffers.Binary;
using System.Text;

namespace IceCream.Interop.Icecream;

/// <summary>
/// The answer to a classic program that looks for a scheduler by broadcast. The question is one byte, the program's newest version, which decides the form of
/// the answer. The answer does not contain the TCP port: it is the UDP port from which the answer comes.
/// </summary>
/// <remarks>
/// Monitors and daemons send the same question, and of several schedulers they choose the one of the newest version. So IceLib's scheduler announces the
/// oldest version that it speaks: icecream's daemons stay with a scheduler of icecream's in the same network.
/// </remarks>
internal static class DiscoveryReply
{
    /// <summary>Bytes of the longest answer.</summary>
    public const int LongestSize = 268;

    private const int SizeWithoutVersion = 16, SizeWithVersion = 32;
    private const int NewestAsked = 124;
    private const int WithVersion = 33, LongNames = 36, NetworkOrder = 38;

    /// <summary>The answer to a question; null when the datagram is no question, or the version of its sender is not supported.</summary>
    /// <param name="question">The datagram.</param>
    /// <param name="network">The farm's network.</param>
    /// <param name="started">When the scheduler started.</param>
    public static byte[]? To(ReadOnlySpan<byte> question, string network, DateTimeOffset started)
    {
        if (question is not [>= ClassicVersion.Oldest and <= NewestAsked and byte asked])
        {
            return null;
        }

        byte[] answer = new byte[asked < WithVersion ? SizeWithoutVersion : asked < LongNames ? SizeWithVersion : LongestSize];
        long start = Math.Max(0, started.ToUnixTimeSeconds());
        int at = 1;
        if (asked < WithVersion)
        {
            answer[0] = (byte)(asked + 1);
        }
        else if (asked < NetworkOrder)
        {
            answer[0] = (byte)(asked + 2);
            BinaryPrimitives.WriteInt32LittleEndian(answer.AsSpan(at), ClassicVersion.Oldest);
            BinaryPrimitives.WriteInt64LittleEndian(answer.AsSpan(at + sizeof(int)), start);
            at += sizeof(int) + sizeof(long);
        }
        else
        {
            answer[0] = (byte)(asked + 3);
            BinaryPrimitives.WriteInt32BigEndian(answer.AsSpan(at), ClassicVersion.Oldest);
            BinaryPrimitives.WriteInt64BigEndian(answer.AsSpan(at + sizeof(int)), start);
            at += sizeof(int) + sizeof(long);
        }

        // At least one zero remains after the name.
        Encoding.UTF8.GetEncoder().Convert(network, answer.AsSpan(at, answer.Length - at - 1), flush: false, out _, out _, out _);
        return answer;
    }
}
