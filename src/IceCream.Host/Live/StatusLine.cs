using System.Globalization;
using IceCream.Host.Rendering;

namespace IceCream.Host.Live;

/// <summary>
/// The last line of a terminal, kept free of what a command prints: the rest of it scrolls above. What is written is one string each time, so that it does not
/// mix with what the command writes meanwhile.
/// </summary>
internal static class StatusLine
{
    /// <summary>The fewest lines of a terminal in which one is kept.</summary>
    public const int LeastHeight = 8;

    // The cursor may be on the line that is to be kept: one line is scrolled away first, and the cursor goes back above it.
    private const string Save = "\u001b7", Restore = "\u001b8", Up = "\u001b[1A", EraseLine = "\u001b[2K", Reverse = "\u001b[7m", Plain = "\u001b[0m";

    /// <summary>Keeps the line free.</summary>
    public static string Begin(int height) => string.Create(CultureInfo.InvariantCulture, $"\n{Save}\u001b[1;{height - 1}r{Restore}{Up}");

    /// <summary>Writes the line.</summary>
    /// <param name="text">What it says.</param>
    /// <param name="width">How wide the terminal is.</param>
    /// <param name="height">How many lines it has.</param>
    /// <param name="hasColours">Whether it may be shown in reverse.</param>
    public static string Write(string text, int width, int height, bool hasColours)
    {
        string line = Terminal.Line(text);
        line = line.Length < width ? line : string.Concat(line.AsSpan(0, Math.Max(0, width - 2)), "…");
        return string.Create(
            CultureInfo.InvariantCulture, $"{Save}\u001b[{height};1H{EraseLine}{(hasColours ? Reverse : "")}{line}{(hasColours ? Plain : "")}{Restore}");
    }

    /// <summary>Gives the line back.</summary>
    public static string End(int height) => string.Create(CultureInfo.InvariantCulture, $"{Save}\u001b[r\u001b[{height};1H{EraseLine}{Restore}");
}
