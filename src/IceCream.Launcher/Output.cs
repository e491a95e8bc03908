using System.Text;
using IceCream.Diagnostics;

namespace IceCream.Launcher;

/// <summary>Writes to file descriptors and repeats partial writes.</summary>
internal static unsafe class Output
{
    public const int StandardOutput = 1, StandardError = 2;

    /// <returns>False when not all bytes could be written.</returns>
    public static bool Write(int descriptor, ReadOnlySpan<byte> bytes) => WriteAll(descriptor, bytes, isPatient: true);

    /// <summary>
    /// Writes to a file of the launcher's own, for which no command waits or ends: not at the build's limit on the size of files, and not where it is a pipe that is full
    /// or that nobody reads any more.
    /// </summary>
    /// <returns>False when not all bytes could be written; <see cref="Libc.Error"/> tells why.</returns>
    public static bool WriteAside(int descriptor, ReadOnlySpan<byte> bytes)
    {
        nint size = Libc.SetAction(Libc.SIGXFSZ, Libc.IgnoreAction), pipe = Libc.SetAction(Libc.SIGPIPE, Libc.IgnoreAction);
        bool isWritten = WriteAll(descriptor, bytes, isPatient: false);
        int error = Libc.Error;
        _ = Libc.SetAction(Libc.SIGXFSZ, size);
        _ = Libc.SetAction(Libc.SIGPIPE, pipe);
        Libc.Error = error;
        return isWritten;
    }

    /// <summary>Writes one line to standard error with the launcher's prefix, in one write so that lines of parallel launchers do not mix.</summary>
    public static void Say(string text) => Write(StandardError, Encoding.UTF8.GetBytes($"icelaunch: {OneLine(text)}\n"));

    /// <summary>The text as one line: a word of a command may hold line ends, and would forge other lines.</summary>
    public static string OneLine(string text) => PlainText.Of(text, '?');

    private static bool WriteAll(int descriptor, ReadOnlySpan<byte> bytes, bool isPatient)
    {
        fixed (byte* start = bytes)
        {
            for (nint written = 0; written < bytes.Length;)
            {
                nint count = Libc.Write(descriptor, start + written, (nuint)(bytes.Length - written));
                if (count >= 0)
                {
                    written += count;
                }
                else if (Libc.Error == Libc.EAGAIN && isPatient)
                {
                    // Another process set the pipe to O_NONBLOCK, which applies to every process that shares it.
                    var entry = new Libc.PollEntry { Descriptor = descriptor, Wanted = Libc.Writable };
                    _ = Libc.Poll(&entry, 1, -1);
                }
                else if (Libc.Error != Libc.EINTR)
                {
                    return false;
                }
            }
        }

        return true;
    }
}
