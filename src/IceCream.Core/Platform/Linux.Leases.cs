using System.Runtime.InteropServices;

namespace IceCream.Platform;

/// <content>Leases on files, which the kernel grants only for what nobody has open for writing.</content>
internal static unsafe partial class Linux
{
    private const int SetSignal = 10, SetLease = 1024, ReadLease = 0, NoLease = 2, EAGAIN = 11, SIGURG = 23;

    /// <summary>
    /// Whether some process has a file open for writing, or mapped: what is stored through a mapping may change no time of the file. Where the kernel does not
    /// say, as of other users' files and on some file systems, the answer is no.
    /// </summary>
    public static bool IsOpenForWriting(string path)
    {
        int file = OpenCall(path, ReadOnlyCloseOnExec);
        if (file < 0)
        {
            return false;
        }

        // Who opens it for writing in the very moment of the lease is made to wait, and this process is told by a signal: by one that nobody heeds.
        bool isOpen = ControlCall(file, SetSignal, SIGURG) == 0 && ControlCall(file, SetLease, ReadLease) != 0 && Marshal.GetLastPInvokeError() == EAGAIN;
        _ = ControlCall(file, SetLease, NoLease);
        _ = CloseCall(file);
        return isOpen;
    }

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int ControlCall(int file, int command, int argument);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int CloseCall(int file);
}
