using System.Text;

namespace IceCream.Launcher;

/// <summary>Writes to file descriptors and repeats partial writes.</summary>
internal static unsafe class Output
{
    public const int StandardOutput = 1, StandardError = 2;

    /// <returns>False when not all bytes could be written.</returns>
    public static bool Write(int descriptor, ReadOnlySpan<byte> bytes)
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
                else if (Libc.Error == Libc.EAGAIN)
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

    /// <summary>Writes to a file of the launcher's own, which the build's limit on the size of files must not turn into the end of the command.</summary>
    /// <returns>False when not all bytes could be written; <see cref="Libc.Error"/> tells why.</returns>
    public static bool WriteAside(int descriptor, ReadOnlySpan<byte> bytes)
    {
        nint action = Libc.SetAction(Libc.SIGXFSZ, Libc.IgnoreAction);
        bool isWritten = Write(descriptor, bytes);
        int error = Libc.Error;
        _ = Libc.SetAction(Libc.SIGXFSZ, action);
        Libc.Error = error;
        return isWritten;
    }

    /// <summary>Writes one line to standard error with the launcher's prefix, in one write so that lines of parallel launchers do not mix.</summary>
    public static void Say(string text) => Write(StandardError, Encoding.UTF8.GetBytes($"icelaunch: {text}\n"));
}
