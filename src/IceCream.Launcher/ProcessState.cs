namespace IceCream.Launcher;

/// <summary>What a process inherits besides its words and variables.</summary>
internal static unsafe class ProcessState
{
    /// <summary>Stands for a working directory whose name cannot be told: relative paths that start here are still found.</summary>
    public const string NamelessDirectory = "/proc/self/cwd";

    private const int LongestPath = 4096;

    /// <summary>The working directory without links; null when it is gone, unreachable, or not UTF-8.</summary>
    public static string? WorkingDirectory()
    {
        byte* path = stackalloc byte[LongestPath];
        return Libc.WorkingDirectory(path, LongestPath) != null && *path == '/'
            ? new RawWords(new Span<byte>(path, new ReadOnlySpan<byte>(path, LongestPath).IndexOf((byte)0) + 1).ToArray()).Text(0)
            : null;
    }

    /// <summary>The file mode creation mask.</summary>
    public static int Umask()
    {
        // The kernel tells the mask only to those who change it.
        uint mask = Libc.Umask(0);
        _ = Libc.Umask(mask);
        return (int)mask;
    }

    /// <summary>Whether people read the standard error.</summary>
    public static bool IsTerminal() => Libc.IsTerminal(Output.StandardError) == 1;
}
