using IceCream.Digests;
using IceCream.Jobs;
using IceCream.Platform;

namespace IceCream.Execution;

/// <summary>Working directories in which a compile elsewhere would not be equivalent.</summary>
internal static class WorkingDirectories
{
    private const string Told = "PWD=";

    /// <summary>Why a job stays because of its working directory; null when it may leave.</summary>
    public static LocalOnlyReason? ReasonToStay(CompileJob job) =>
        job.WorkingDirectory == "/" ? new LocalOnlyReason(LocalOnlyKind.WorkingDirectory, "/ is no folder that a worker can give a compiler to write in")
        : job.Environment.Where(static variable => variable.StartsWith(Told + "/", StringComparison.Ordinal))
            .Select(static variable => variable[Told.Length..]).FirstOrDefault(told => IsMountOf(told, job.WorkingDirectory)) is { } mount
            ? new LocalOnlyReason(LocalOnlyKind.WorkingDirectory, $"PWD={mount} leads there by a mount, which no worker has")
        : null;

    /// <summary>
    /// Whether PWD names the working directory through a bind mount. Compilers use PWD when it has the working directory's device and inode. A link
    /// to it can be sent; a bind mount has no target that could be.
    /// </summary>
    private static bool IsMountOf(string told, string workingDirectory) =>
        told != workingDirectory

        // Such a path depends on the process, and this is another one than the compiler.
        && !told.StartsWith("/proc/", StringComparison.Ordinal)
        && Linux.Stat(told, followLinks: true, out FileStatus there) == 0 && Linux.Stat(workingDirectory, followLinks: true, out FileStatus here) == 0
        && (there.Device, there.Inode) == (here.Device, here.Inode)
        && new RealPaths().Walk(told, out _)?.Real != workingDirectory;
}
