using IceCream.Platform;

namespace IceCream.Launcher;

/// <summary>The state that a process inherits besides its arguments and environment.</summary>
internal static unsafe class ProcessState
{
    /// <summary>Stands in for a working directory whose path is unknown: relative paths still resolve through it.</summary>
    public const string NamelessDirectory = "/proc/self/cwd";

    private const int LongestPath = 4096, StandardInput = 0;

    /// <summary>The working directory with links resolved; null if it is deleted, unreachable, or not UTF-8.</summary>
    public static string? WorkingDirectory()
    {
        byte* path = stackalloc byte[LongestPath];
        return Libc.WorkingDirectory(path, LongestPath) != null && *path == '/'
            ? new RawWords(new Span<byte>(path, new ReadOnlySpan<byte>(path, LongestPath).IndexOf((byte)0) + 1).ToArray()).Text(0)
            : null;
    }

    /// <summary>The launcher's own file, also when it was deleted or replaced since; null if it cannot be determined.</summary>
    public static FileStatus? OwnFile() => Linux.Stat("/proc/self/exe", followLinks: true, out FileStatus status) == 0 ? status : null;

    public static int Umask()
    {
        // umask(2) returns the mask only when it sets one.
        uint mask = Libc.Umask(0);
        _ = Libc.Umask(mask);
        return (int)mask;
    }

    public static bool IsTerminal() => Libc.IsTerminal(Output.StandardError) == 1;

    /// <summary>The width of the terminal at standard input, which GCC asks about; 0 if there is none or it does not know.</summary>
    public static int TerminalColumns()
    {
        // struct winsize: rows, columns, and both in pixels.
        ushort* size = stackalloc ushort[4];
        return Libc.AskTerminal(StandardInput, Libc.WindowSize, size) == 0 ? size[1] : 0;
    }
}
