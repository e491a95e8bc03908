using System.Runtime.InteropServices;

namespace IceCream.Platform;

/// <content>What can be asked of a socket without taking anything from it.</content>
internal static unsafe partial class Linux
{
    private const int Peek = 0x2, DoNotWait = 0x40;

    /// <summary>Whether nothing will ever be read from a connected socket: its other end has hung up, or the connection has failed, and no byte is left.</summary>
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
