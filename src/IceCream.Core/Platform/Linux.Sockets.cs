using System.Runtime.InteropServices;

namespace IceCream.Platform;

/// <content>The state of a socket, read without consuming data.</content>
internal static unsafe partial class Linux
{
    private const int Peek = 0x2, DoNotWait = 0x40;

    /// <summary>Whether no more data can be read from a connected socket: the peer has closed it or the connection has failed, and no byte is buffered.</summary>
    public static bool HasEnded(SafeHandle socket)
    {
        byte ignored;
        return ReceiveCall(socket, &ignored, 1, Peek | DoNotWait) switch
        {
            0 => true,
            > 0 => false,
            _ => Marshal.GetLastPInvokeError() is not (EWOULDBLOCK or EINTR),
        };
    }

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static partial nint ReceiveCall(SafeHandle socket, byte* into, nuint length, int flags);
}
