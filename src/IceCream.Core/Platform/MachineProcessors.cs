using System.Globalization;

namespace IceCream.Platform;

/// <summary>How busy the processors of this machine are.</summary>
internal static class MachineProcessors
{
    /// <summary>The number of threads that run or wait for a processor now, without the calling one; -1 where the kernel does not report it.</summary>
    public static int Busy()
    {
        try
        {
            return BusyIn(File.ReadAllText("/proc/loadavg"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return -1;
        }
    }

    /// <summary>Parses <c>0.20 0.18 0.12 1/80 11206</c>: the fourth field starts with the number of running threads, which includes the caller.</summary>
    internal static int BusyIn(string text)
    {
        string[] fields = text.Split(' ');
        return fields.Length > 3 && int.TryParse(fields[3].Split('/')[0], NumberStyles.None, CultureInfo.InvariantCulture, out int running) ? Math.Max(0, running - 1) : -1;
    }
}
