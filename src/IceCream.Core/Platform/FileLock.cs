namespace IceCream.Platform;

/// <summary>A lock that one process at a time holds, and that is released when the process ends in any way. The file itself stays.</summary>
internal static class FileLock
{
    /// <summary>Takes the lock of a file, which is created when missing. Disposing the result releases the lock.</summary>
    /// <returns>Null when another process holds it.</returns>
    /// <exception cref="IOException">The file cannot be created, or its file system has no locks.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be opened.</exception>
    public static FileStream? TryTake(string path)
    {
        FileStream file;
        try
        {
            // With FileShare.None the framework takes the lock, unless it is configured not to lock files.
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e.HResult == Linux.EWOULDBLOCK)
        {
            return null;
        }

        bool isTaken = false;
        try
        {
            isTaken = Linux.TryLock(file.SafeFileHandle);
            return isTaken ? file : null;
        }
        catch (IOException e)
        {
            throw new IOException($"'{path}': {e.Message}", e);
        }
        finally
        {
            if (!isTaken)
            {
                file.Dispose();
            }
        }
    }
}
