using System.Globalization;

namespace IceCream.Platform;

/// <summary>The memory of this machine, or the limit of this process's control group; and the memory and processor pressure.</summary>
internal static class MachineMemory
{
    private const string Groups = "/sys/fs/cgroup";

    /// <summary>The bytes that this process and its children may use; 0 where the kernel does not report it.</summary>
    public static long Total() => LimitOf(Read("/proc/self/cgroup"), static path => Read(path)) is { } limit && limit < Field("MemTotal:") ? limit : Field("MemTotal:");

    /// <summary>The bytes that are available now; -1 where the kernel does not report it.</summary>
    public static long Free() => Field("MemAvailable:") is > 0 and var free ? free : -1;

    /// <summary>
    /// Whether one more compile can start without making the machine swap: at least a sixteenth of all memory, or a GiB where that is less, is
    /// available.
    /// </summary>
    public static bool HasRoom()
    {
        const int Part = 16;
        const long Enough = 1L << 30;
        return Free() is var free && (free < 0 || free >= Math.Min(Enough, Total() / Part));
    }

    /// <summary>The share of the last ten seconds in which a task waited for a resource, in thousandths; -1 where the kernel does not report it.</summary>
    /// <param name="resource">As in <c>/proc/pressure</c>: cpu, memory or io.</param>
    public static int Pressure(string resource) => PressureIn(Read("/proc/pressure/" + resource));

    /// <summary>Parses <c>some avg10=1.23 …</c>.</summary>
    internal static int PressureIn(string? text)
    {
        const string Key = "some avg10=";
        int at = text?.IndexOf(Key, StringComparison.Ordinal) ?? -1;
        if (at < 0)
        {
            return -1;
        }

        ReadOnlySpan<char> number = text.AsSpan(at + Key.Length);
        int end = number.IndexOfAny(' ', '\n');
        return double.TryParse(end < 0 ? number : number[..end], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double percent)
            ? (int)Math.Clamp(percent * 10, 0, 1000) : -1;
    }

    /// <summary>The smallest limit of a control group and its ancestors, of either version; null when there is none.</summary>
    /// <param name="groups">The content of <c>/proc/self/cgroup</c>.</param>
    /// <param name="read">Reads a file; null when it does not exist.</param>
    internal static long? LimitOf(string? groups, Func<string, string?> read)
    {
        long? least = null;
        foreach (string line in (groups ?? "").Split('\n'))
        {
            // hierarchy:controllers:path; the second version has no controllers.
            string[] parts = line.Split(':', 3);
            if (parts.Length < 3 || !(parts[1].Length == 0 || parts[1].Split(',').Contains("memory")))
            {
                continue;
            }

            (string folder, string file) = parts[1].Length == 0 ? (Groups, "memory.max") : ($"{Groups}/memory", "memory.limit_in_bytes");
            for (string path = parts[2].TrimEnd('/'); ; path = path[..path.LastIndexOf('/')])
            {
                if (long.TryParse(read($"{folder}{path}/{file}"), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out long limit) && limit > 0)
                {
                    least = least is { } known ? Math.Min(known, limit) : limit;
                }

                if (!path.Contains('/', StringComparison.Ordinal))
                {
                    break;
                }
            }
        }

        return least;
    }

    /// <summary>A line of <c>/proc/meminfo</c> in bytes; 0 where there is none.</summary>
    private static long Field(string name)
    {
        foreach (string line in (Read("/proc/meminfo") ?? "").Split('\n'))
        {
            if (line.StartsWith(name, StringComparison.Ordinal) && line.EndsWith(" kB", StringComparison.Ordinal) &&
                long.TryParse(line.AsSpan(name.Length, line.Length - name.Length - 3).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out long kilobytes))
            {
                return kilobytes << 10;
            }
        }

        return 0;
    }

    private static string? Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Kernels may be built without these files, and containers may hide them.
            return null;
        }
    }
}
