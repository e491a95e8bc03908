using System.Runtime.InteropServices;

namespace IceCream.Platform;

/// <content>File leases, which the kernel grants only for files that nobody has open for writing.</content>
internal static unsafe partial class Linux
{
    private const int SetSignal = 10, SetLease = 1024, ReadLease = 0, NoLease = 2, EAGAIN = 11, SIGURG = 23;

    /// <summary>
    /// Whether some process has a file open for writing or mapped: a store through a mapping may change no timestamp of the file. False where the
    /// kernel does not say, as for other users' files and on some file systems.
    /// </summary>
    public static bool IsOpenForWriting(string path)
    {
        int file = OpenCall(path, ReadOnlyCloseOnExec);
        if (file < 0)
        {
            return false;
        }

        // A process that opens the file for writing during the lease has to wait, and this process gets a signal: SIGURG, which is ignored by default.
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
