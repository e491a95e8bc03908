using System.Text;

namespace IceCream.Launcher;

/// <summary>Writes to descriptors, all of it or until it is no use.</summary>
internal static unsafe class Output
{
    public const int StandardOutput = 1, StandardError = 2;

    /// <summary>Writes bytes.</summary>
    /// <returns>False when they could not all be written.</returns>
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
                    // Somebody else made the pipe non-blocking, which holds for everybody who shares it.
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

    /// <summary>Says something to the user, in the launcher's name. One call, so that lines of parallel launchers stay whole.</summary>
    public static void Say(string text) => Write(StandardError, Encoding.UTF8.GetBytes($"icelaunch: {text}\n"));
}
