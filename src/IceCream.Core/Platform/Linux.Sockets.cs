using System.Runtime.InteropServices;

namespace IceCream.Platform;

/// <content>What is asked of sockets beneath the framework's own.</content>
internal static unsafe partial class Linux
{
    private const int Peek = 0x2, DoNotWait = 0x40, BothWays = 2;

    /// <summary>Whether a connected socket has something to read. Nothing is taken from it.</summary>
    /// <returns>True: at least a byte. False: the other end has hung up or the connection has failed, and no byte is left. Null: nothing yet.</returns>
    public static bool? HasInput(SafeHandle socket)
    {
        byte ignored;
        return ReceiveCall(socket, &ignored, 1, Peek | DoNotWait) switch
        {
            0 => false,
            > 0 => true,
            _ => Marshal.GetLastPInvokeError() is EWOULDBLOCK or EINTR ? null : false,
        };
    }

    /// <summary>Waits until one of some descriptors is ready, and marks those that are. A signal may end the wait early.</summary>
    /// <param name="entries">The descriptors.</param>
    /// <param name="milliseconds">How long at most; -1 for any time.</param>
    public static void Poll(Span<LinuxPoll> entries, int milliseconds)
    {
        fixed (LinuxPoll* first = entries)
        {
            if (PollCall(first, (nuint)entries.Length, milliseconds) < 0)
            {
                foreach (ref LinuxPoll entry in entries)
                {
                    entry.Forget();
                }
            }
        }
    }

    /// <summary>Whether nobody can read what is written any more: the reader of a pipe has ended, a terminal or a socket has hung up, or it is not open at all.</summary>
    /// <param name="descriptor">What is written to.</param>
    public static bool IsHungUp(SafeHandle descriptor)
    {
        Span<LinuxPoll> entry = [LinuxPoll.ForHangUp(descriptor)];
        Poll(entry, 0);
        return entry[0].IsReady;
    }

    /// <summary>Ends a listening socket, which wakes a thread that waits for callers on it.</summary>
    public static void StopListening(SafeHandle socket) => _ = ShutDownCall(socket, BothWays);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static partial nint ReceiveCall(SafeHandle socket, byte* into, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int PollCall(LinuxPoll* entries, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "shutdown", SetLastError = true)]
    private static partial int ShutDownCall(SafeHandle socket, int how);
}

/// <summary><c>struct pollfd</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct LinuxPoll
{
    private const short Readable = 1;

    private int _descriptor;
    private short _events;
    private short _returned;

    /// <summary>Whether it can be read, has ended or has failed.</summary>
    public readonly bool IsReady => _returned != 0;

    /// <summary>To wait until a descriptor can be read.</summary>
    /// <param name="handle">Open until the wait has ended.</param>
    public static LinuxPoll ForReading(SafeHandle handle) => new() { _descriptor = (int)handle.DangerousGetHandle(), _events = Readable };

    /// <summary>To learn whether a descriptor has hung up, which is told without being asked for.</summary>
    /// <param name="handle">Open until the wait has ended.</param>
    public static LinuxPoll ForHangUp(SafeHandle handle) => new() { _descriptor = (int)handle.DangerousGetHandle() };

    /// <summary>Nothing is known of it.</summary>
    public void Forget() => _returned = 0;
}
