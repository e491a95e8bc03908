using System.Collections.Frozen;
using System.Text;
using IceCream.Platform;

namespace IceCream.Toolchains.Wrappers;

/// <summary>
/// The queries that a program that is not a compiler may make without a file lookup, recognized by the names of C library functions in its file.
/// Statically linked programs contain no such names, and do not need the C library's.
/// </summary>
internal static class ProgramCalls
{
    private const long Largest = 16 << 20;

    private static readonly FrozenSet<string> Fleeting = new[]
    {
        "time", "gettimeofday", "clock_gettime", "timespec_get", "times", "clock",
        "rand", "rand_r", "random", "drand48", "lrand48", "arc4random", "arc4random_uniform", "getrandom", "getentropy",
        "mkstemp", "mkstemps", "mkdtemp", "mkostemp", "tmpfile", "tmpnam", "tempnam",
        "uname", "gethostname", "gethostid", "sysinfo", "get_nprocs", "getauxval", "sched_getaffinity",
        "getuid", "geteuid", "getgid", "getegid", "getlogin", "getpwuid", "getpwnam", "getpwuid_r", "getpwnam_r", "getpid", "getppid",
        "socket", "connect", "TMPDIR",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>The first such name in a program's file, or a flag that selects this machine's processor; null when there is none.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static string? FirstIn(string path)
    {
        if (Linux.Stat(path, followLinks: true, out FileStatus status) != 0 || status.Length > Largest)
        {
            return null;
        }

        string text = Encoding.Latin1.GetString(Linux.ReadAllBytes(path));
        return MachineBinding.OfFlags(text) ?? text.Split('\0').FirstOrDefault(Fleeting.Contains);
    }
}
