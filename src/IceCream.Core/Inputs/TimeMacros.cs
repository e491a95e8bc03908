using IceCream.Jobs;
using IceCream.Platform;

namespace IceCream.Inputs;

/// <summary>Looks for the macros that stand for the time of the compile.</summary>
internal static class TimeMacros
{
    /// <summary>Whether one of them stands in a command or in a file, which costs the reading of all of them.</summary>
    public static bool AreNamed(IEnumerable<string> words, IEnumerable<TreeFile> files) =>
        words.Any(static word => word.Contains("__DATE__", StringComparison.Ordinal) || word.Contains("__TIME__", StringComparison.Ordinal))
        || files.Any(static file => AreNamed(file.Path));

    private static bool AreNamed(string path)
    {
        try
        {
            ReadOnlySpan<byte> text = Linux.ReadAllBytes(path);
            return text.IndexOf("__DATE__"u8) >= 0 || text.IndexOf("__TIME__"u8) >= 0;
        }
        catch (IOException)
        {
            // Gone since it was sent: whoever asks is told that none was found, and the job runs here.
            return false;
        }
    }
}
