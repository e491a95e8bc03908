using System.Runtime.InteropServices;

namespace IceCream.Platform;

/// <content>Locks of files, which end with the process that holds them.</content>
internal static unsafe partial class Linux
{
    private const int LockExclusive = 2, LockNonBlocking = 4;

    /// <summary>Takes the lock of an open file without waiting.</summary>
    /// <returns>False when another process holds it.</returns>
    /// <exception cref="IOException">It cannot be locked: some network file systems have no locks. To wait for its holder would be to wait for nobody.</exception>
    public static bool TryLock(SafeHandle file)
    {
        if (Flock(file, LockExclusive | LockNonBlocking) == 0)
        {
            return true;
        }

        int error = Marshal.GetLastPInvokeError();
        if (error != EWOULDBLOCK)
        {
            throw new IOException($"It cannot be locked: error {error}. Some network file systems have no locks.");
        }

        return false;
    }

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Flock(SafeHandle file, int operation);
}
