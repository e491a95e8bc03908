using System.Buffers.Binary;
using System.Net.Sockets;

namespace IceCream.Platform;

/// <summary>Who is at the other end of a Unix socket, as of the moment at which the process connected.</summary>
/// <param name="Process">The process number; 0 when the process is in another PID namespace.</param>
/// <param name="User">The effective user number: it owns the files that the process creates.</param>
/// <param name="Group">The effective group number: the files belong to this group, except in a folder that gives its own group to them.</param>
internal readonly record struct PeerCredentials(int Process, uint User, uint Group)
{
    private const int SocketLevel = 1, Option = 17, Size = 12;

    /// <summary>The credentials of the process that connected; null when the stream is no Unix socket, or the process has left.</summary>
    public static PeerCredentials? Of(Stream stream)
    {
        if (stream is not NetworkStream { Socket: { AddressFamily: AddressFamily.Unix } socket })
        {
            return null;
        }

        // struct ucred: pid, uid, gid.
        byte[] credentials = new byte[Size];
        try
        {
            socket.GetRawSocketOption(SocketLevel, Option, credentials);
        }
        catch (SocketException)
        {
            // The next exchange with the peer reports that it has left.
            return null;
        }

        return new PeerCredentials(
            BinaryPrimitives.ReadInt32LittleEndian(credentials),
            BinaryPrimitives.ReadUInt32LittleEndian(credentials.AsSpan(4)),
            BinaryPrimitives.ReadUInt32LittleEndian(credentials.AsSpan(8)));
    }

    /// <summary>Whether a process of a user cannot create files for the peer, because they would belong to others than those that the peer creates.</summary>
    /// <param name="user">The process's user number.</param>
    /// <param name="mayGiveTo">Whether it may give its files to a group.</param>
    public bool OwnsOtherFilesThan(uint user, Func<uint, bool> mayGiveTo) => User != user || !mayGiveTo(Group);
}
