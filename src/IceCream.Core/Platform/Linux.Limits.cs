using System.Runtime.InteropServices;

namespace IceCream.Platform;

/// <content>Resource limits of processes (<c>ulimit</c>).</content>
internal static unsafe partial class Linux
{
    public const int ProcessorLimit = 0, FileSizeLimit = 1, DataLimit = 2, StackLimit = 3, MemoryLimit = 9;

    private const int OpenFiles = 7;

    /// <summary>How many more descriptors this process may open. The runtime has already raised the soft limit to the hard one.</summary>
    public static long FreeDescriptors()
    {
        ulong* limits = stackalloc ulong[2];
        const string OpenOnes = "/proc/self/fd";
        long open = System.IO.Directory.Exists(OpenOnes) ? System.IO.Directory.EnumerateFileSystemEntries(OpenOnes).LongCount() : 0;
        return GetLimit(OpenFiles, limits) == 0 ? (long)Math.Min(limits[0], long.MaxValue) - open : int.MaxValue;
    }

    /// <summary>The soft limit of another process, in the kernel's unit.</summary>
    /// <returns>Null when there is none, or when it cannot be read: the process has ended, or belongs to another user.</returns>
    public static ulong? LimitOf(int process, int resource)
    {
        ulong* limits = stackalloc ulong[2];
        return GetLimitOf(process, resource, null, limits) == 0 && limits[0] != ulong.MaxValue ? limits[0] : null;
    }

    [LibraryImport("libc", EntryPoint = "getrlimit", SetLastError = true)]
    private static partial int GetLimit(int resource, ulong* limits);

    [LibraryImport("libc", EntryPoint = "prlimit", SetLastError = true)]
    private static partial int GetLimitOf(int process, int resource, ulong* change, ulong* limits);
}
