using System.Globalization;

namespace IceCream.Processes;

/// <summary>A process and its descendants, as <c>/proc</c> lists them.</summary>
internal static class ProcessFamily
{
    /// <summary>Deeper than the process tree of any compiler. Also ends the recursion if process numbers are reused meanwhile.</summary>
    private const int MostGenerations = 64;

    /// <summary>The living children of a process; empty where the kernel does not list them.</summary>
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
            // The process has ended, or the kernel does not list children.
            return [];
        }
    }

    /// <summary>Whether a process or a descendant is stopped by a signal: it does not continue until it gets another one.</summary>
    public static bool IsAnyStopped(int process) => IsAnyStopped(process, MostGenerations);

    private static bool IsAnyStopped(int process, int generations) =>
        generations > 0 && (IsStopped(process) || ChildrenOf(process).Any(child => IsAnyStopped(child, generations - 1)));

    private static bool IsStopped(int process)
    {
        try
        {
            // The name is in parentheses and may contain any character; the state is the letter after it.
            string told = File.ReadAllText($"/proc/{process}/stat");
            return told.AsSpan(told.LastIndexOf(')') + 1).StartsWith(" T", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }
}
