using System.Globalization;

namespace IceCream.Processes;

/// <summary>A process and those that it has started, as the kernel tells of them.</summary>
internal static class ProcessFamily
{
    /// <summary>Deeper than any compiler starts programs, and enough to end at should numbers be given anew in between.</summary>
    private const int MostGenerations = 64;

    /// <summary>The processes that a process has started and that are still there; none where the kernel does not tell.</summary>
    public static int[] ChildrenOf(int process)
    {
        try
        {
            return [.. Directory.GetDirectories($"/proc/{process}/task")
                .SelectMany(static task => File.ReadAllText(task + "/children").Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .Select(static child => int.Parse(child, CultureInfo.InvariantCulture))];
        }
        catch (IOException)
        {
            // It has ended, or the kernel does not tell.
            return [];
        }
    }

    /// <summary>Whether a process, or one below it, is stopped by a signal: it will not go on until somebody tells it to.</summary>
    public static bool IsAnyStopped(int process) => IsAnyStopped(process, MostGenerations);

    private static bool IsAnyStopped(int process, int generations) =>
        generations > 0 && (IsStopped(process) || ChildrenOf(process).Any(child => IsAnyStopped(child, generations - 1)));

    private static bool IsStopped(int process)
    {
        try
        {
            // The name stands in parentheses and may hold any character; the state is the letter behind it.
            string told = File.ReadAllText($"/proc/{process}/stat");
            return told.AsSpan(told.LastIndexOf(')') + 1).StartsWith(" T", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }
}
