namespace IceCream.Platform;

/// <summary>A lock that one process at a time holds, and that ends with it however it ends. The file itself stays.</summary>
internal static class FileLock
{
    /// <summary>Takes the lock of a file, which is made when absent. Disposing the return value gives it back.</summary>
    /// <returns>Null when another holds it.</returns>
    /// <exception cref="IOException">The file cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be opened.</exception>
    public static FileStream? TryTake(string path)
    {
        FileStream file;
        try
        {
            // With no sharing allowed the framework takes the lock, unless it was told to leave locks alone.
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e.HResult == Linux.EWOULDBLOCK)
        {
            return null;
        }

        if (Linux.TryLock(file.SafeFileHandle))
        {
            return file;
        }

        file.Dispose();
        return null;
    }
}
