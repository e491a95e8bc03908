using IceCream.Sandboxing;
using IceCream.Sandboxing.Observation;

namespace IceCream.Roots;

/// <summary>
/// Paths whose content depends on the machine. A compile that uses them stays on its own machine. Paths that cannot change an output are exempt, each
/// with its reason.
/// </summary>
internal static class MachinePaths
{
    private static readonly string[] Folders = ["/proc", "/sys", "/dev"];

    private static readonly Dictionary<string, string> Harmless = new(StringComparer.Ordinal)
    {
        ["/dev"] = "the folder itself is everywhere",
        ["/proc"] = "the folder itself is everywhere",
        ["/sys"] = "the folder itself is everywhere",
        ["/dev/null"] = "the same everywhere",
        ["/dev/null.gch"] = "no device anywhere; asked for where /dev/null is included",
        ["/dev/null.pch"] = "no device anywhere; asked for where /dev/null is included",
        ["/dev/zero"] = "the same everywhere",
        ["/dev/full"] = "the same everywhere",
        ["/dev/urandom"] = "names of temporary files, which appear in no output",
        ["/dev/random"] = "names of temporary files, which appear in no output",
        ["/dev/tty"] = "whether there is a terminal: the words are asked for by flags",
        ["/proc/self/exe"] = "a program's own path, which is the same in the sandbox",
        ["/proc/self/fd"] = "which files a process has open",
        ["/proc/self/cwd"] = "the working directory, which is the same in the sandbox",
        ["/sys/fs/selinux"] = "whether files have labels, asked for by every program that copies them",
        ["/proc/filesystems"] = "whether files have labels, asked for by every program that copies them",
        [Observer.PreloadPlace] = "the sandbox's own",
        [Observer.SupervisorPlace] = "the sandbox's own",
        [Observer.RecordPlace] = "the sandbox's own",
    };

    /// <summary>Paths that are exempt only for the C library and the loader: a program that reads them itself may use the content.</summary>
    private static readonly Dictionary<string, string> HarmlessBelow = new(StringComparer.Ordinal)
    {
        ["/proc/self/maps"] = "the stack's place, asked for by glibc for a thread's attributes",
        ["/proc/self/auxv"] = "the processor's abilities, which choose among functions of the same result",
        ["/proc/self/status"] = "limits of the process",
        ["/proc/self/task"] = "the threads of the process",
        ["/proc/meminfo"] = "how much memory there is: it decides when GCC's collector runs",
        ["/proc/stat"] = "how many processors there are: it decides how many threads are started",
        ["/proc/sys/vm/overcommit_memory"] = "how malloc gives memory back",
        ["/sys/devices/system/cpu"] = "how many processors there are: it decides how many threads are started",
        ["/sys/devices/system/cpu/online"] = "how many processors there are: it decides how many threads are started",
        ["/sys/devices/system/cpu/possible"] = "how many processors there are: it decides how many threads are started",
        ["/sys/kernel/mm/transparent_hugepage/enabled"] = "how malloc takes memory",
        ["/sys/kernel/mm/transparent_hugepage/hpage_pmd_size"] = "how malloc takes memory",
        ["/sys/kernel/mm/hugepages"] = "how malloc takes memory",
        ["/sys/fs/cgroup/cpu.max"] = "how many processors there are: it decides how many threads are started",
    };

    /// <summary>Whether a path is in one of these folders, or is one. Shared memory is an ordinary folder and does not count.</summary>
    public static bool IsMachines(string path) => Array.Exists(Folders, folder => IsIn(path, folder)) && !IsIn(path, SandboxCommand.SharedMemory);

    /// <summary>Why the result of a lookup of such a path cannot change an output; null when it can.</summary>
    public static string? ReasonToIgnore(string path, Lookup lookup)
    {
        path = path.Length > 1 ? path.TrimEnd('/') : path;
        return Harmless.GetValueOrDefault(path)
            ?? (lookup.IsBelow ? HarmlessBelow.GetValueOrDefault(path) : null)
            ?? (lookup.Kind is LookupKind.ReadLink or LookupKind.LinkStatus && path.StartsWith("/proc/self/fd/", StringComparison.Ordinal) ? "where an open file lies" : null);
    }

    private static bool IsIn(string path, string folder) =>
        path.StartsWith(folder, StringComparison.Ordinal) && (path.Length == folder.Length || path[folder.Length] == '/');
}
