using System.Runtime.InteropServices;

namespace IceCream.Platform;

/// <content>Signals that a thread sends to itself.</content>
internal static partial class Linux
{
    public const int SIGTSTP = 20;

    /// <summary>
    /// Sends a signal to the calling thread. It has had its effect when this returns: a process that it stops goes on here. A stop from the terminal has none in a
    /// process group that nobody could continue.
    /// </summary>
    public static void Raise(int signal) => _ = RaiseCall(signal);

    [LibraryImport("libc", EntryPoint = "raise")]
    private static partial int RaiseCall(int signal);
}
