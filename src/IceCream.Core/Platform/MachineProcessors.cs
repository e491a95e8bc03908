using System.Globalization;

namespace IceCream.Platform;

/// <summary>How busy the processors of this machine are.</summary>
internal static class MachineProcessors
{
    /// <summary>How many threads run or wait for a processor at this moment, without the one that asks; -1 where the kernel does not tell.</summary>
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

    /// <summary>Reads <c>0.20 0.18 0.12 1/80 11206</c>: the fourth field begins with those that run, whoever asks among them.</summary>
    internal static int BusyIn(string text)
    {
        string[] fields = text.Split(' ');
        return fields.Length > 3 && int.TryParse(fields[3].Split('/')[0], NumberStyles.None, CultureInfo.InvariantCulture, out int running) ? Math.Max(0, running - 1) : -1;
    }
}
