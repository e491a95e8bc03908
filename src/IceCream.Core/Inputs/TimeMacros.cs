using IceCream.Jobs;
using IceCream.Platform;

namespace IceCream.Inputs;

/// <summary>Searches for the macros that expand to the time of the compile.</summary>
internal static class TimeMacros
{
    /// <summary>Whether one of them occurs in the arguments or in a file. This reads all files.</summary>
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
            // The file was removed after it was sent. Reporting no macro is safe: the job then runs here.
            return false;
        }
    }
}
