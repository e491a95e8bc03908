using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace IceCream.Platform;

/// <content>Files that share their blocks until one of them is written (reflinks): on Btrfs, XFS, bcachefs and the like.</content>
internal static unsafe partial class Linux
{
    private const uint CloneFile = 0x40049409;

    /// <summary>Gives a file the bytes of another without copying them.</summary>
    /// <param name="from">Open for reading.</param>
    /// <param name="into">Open for writing.</param>
    /// <returns>False where the file system does not support it, or the files are on different file systems; nothing has been written then.</returns>
    public static bool TryClone(SafeFileHandle from, SafeFileHandle into)
    {
        bool isHeld = false;
        try
        {
            from.DangerousAddRef(ref isHeld);
            return CloneCall(into, CloneFile, from.DangerousGetHandle()) == 0;
        }
        finally
        {
            if (isHeld)
            {
                from.DangerousRelease();
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int CloneCall(SafeFileHandle into, nuint request, nint from);
}
