using System.Runtime.InteropServices;

namespace IceCream.Platform;

/// <content>Signals that a thread sends to itself, and which processes a terminal belongs to.</content>
internal static partial class Linux
{
    public const int SIGTSTP = 20;

    /// <summary>
    /// Sends a signal to the calling thread. It has had its effect when this returns: a process that it stops goes on here. A stop from the terminal has none in a
    /// process group that nobody could continue.
    /// </summary>
    public static void Raise(int signal) => _ = RaiseCall(signal);

    /// <summary>
    /// Whether this process is in the background of a terminal: a shell, or another of its jobs, has the terminal now. False where that cannot be told, as for a terminal
    /// that is not the one of this session.
    /// </summary>
    /// <param name="terminal">A descriptor of the terminal.</param>
    public static bool IsInBackground(int terminal) => ForegroundGroup(terminal) is > 0 and var foreground && foreground != ProcessGroup();

    [LibraryImport("libc", EntryPoint = "raise")]
    private static partial int RaiseCall(int signal);

    [LibraryImport("libc", EntryPoint = "tcgetpgrp")]
    private static partial int ForegroundGroup(int terminal);

    [LibraryImport("libc", EntryPoint = "getpgrp")]
    private static partial int ProcessGroup();
}
