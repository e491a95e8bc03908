using System.Globalization;
using System.Net;

namespace IceCream.Transport;

/// <summary>
/// Whose the other end of a TCP connection within this machine is. TCP has no peer credentials, but the kernel lists every socket of this machine's network
/// with its owner.
/// </summary>
internal static class LoopbackOwner
{
    /// <summary>Below it are the users of the system's own services; the last is nobody.</summary>
    private const uint FirstPerson = 1000;

    private const int AddressColumn = 1, PeerColumn = 2, StateColumn = 3, OwnerColumn = 7;

    /// <summary>A connection that both ends have: of one whose process has let go, the kernel says that it is root's.</summary>
    private const string Established = "01";

    /// <summary>Whether a user's processes may be taken for parts of one's own farm: one's own, and the system's, which could do anything here anyway.</summary>
    public static bool IsTrusted(uint? owner, uint self) => owner == self || owner < FirstPerson;

    /// <summary>The owner of the other end's socket.</summary>
    /// <param name="own">This end.</param>
    /// <param name="other">The other end.</param>
    /// <returns>Null when it is not of this machine, or is gone.</returns>
    public static uint? Find(IPEndPoint own, IPEndPoint other)
    {
        foreach (string table in (string[])["/proc/self/net/tcp", "/proc/self/net/tcp6"])
        {
            if (File.Exists(table) && Find(File.ReadLines(table).Skip(1), own, other) is { } owner)
            {
                return owner;
            }
        }

        return null;
    }

    /// <summary>The same, in the lines of such a table.</summary>
    internal static uint? Find(IEnumerable<string> lines, IPEndPoint own, IPEndPoint other)
    {
        foreach (string line in lines)
        {
            string[] columns = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (columns.Length > OwnerColumn && columns[StateColumn] == Established && IsSame(Parse(columns[AddressColumn]), other) && IsSame(Parse(columns[PeerColumn]), own)
                && uint.TryParse(columns[OwnerColumn], NumberStyles.None, CultureInfo.InvariantCulture, out uint owner))
            {
                return owner;
            }
        }

        return null;
    }

    private static bool IsSame(IPEndPoint? one, IPEndPoint other) => one is not null && one.Port == other.Port && Plain(one.Address).Equals(Plain(other.Address));

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    /// <summary>Reads <c>0100007F:223D</c>: words of four bytes in this machine's order, then the port.</summary>
    private static IPEndPoint? Parse(string text)
    {
        if (text.Split(':') is not [{ Length: 8 or 32 } words, var port] || !ushort.TryParse(port, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ushort number))
        {
            return null;
        }

        byte[] address = new byte[words.Length / 2];
        for (int word = 0; word < address.Length; word += sizeof(uint))
        {
            if (!uint.TryParse(words.AsSpan(2 * word, 8), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out uint value)
                || !BitConverter.TryWriteBytes(address.AsSpan(word), value))
            {
                return null;
            }
        }

        return new IPEndPoint(new IPAddress(address), number);
    }
}
