using System.Globalization;
using IceCream.Host.Rendering;

namespace IceCream.Host.Live;

/// <summary>
/// Reserves the last line of a terminal; a command's output scrolls in the lines above. Each operation returns one string to write at once, so that it does not
/// mix with the command's output.
/// </summary>
internal static class StatusLine
{
    /// <summary>The smallest terminal height, in lines, at which a line is reserved.</summary>
    public const int LeastHeight = 8;

    // The cursor may be on the line to reserve, so Begin first scrolls by one line and then moves the cursor up again.
    private const string Save = "\u001b7", Restore = "\u001b8", Up = "\u001b[1A", EraseLine = "\u001b[2K", Reverse = "\u001b[7m", Plain = "\u001b[0m";

    /// <summary>Reserves the line.</summary>
    public static string Begin(int height) => string.Create(CultureInfo.InvariantCulture, $"\n{Save}\u001b[1;{height - 1}r{Restore}{Up}");

    /// <summary>Writes the line.</summary>
    /// <param name="text">The text; cut to the width.</param>
    /// <param name="width">The terminal's width in columns.</param>
    /// <param name="height">The terminal's height in lines.</param>
    /// <param name="hasColours">Whether to use reverse video.</param>
    public static string Write(string text, int width, int height, bool hasColours)
    {
        string line = Terminal.Line(text);
        line = line.Length < width ? line : string.Concat(line.AsSpan(0, Math.Max(0, width - 2)), "…");
        return string.Create(
            CultureInfo.InvariantCulture, $"{Save}\u001b[{height};1H{EraseLine}{(hasColours ? Reverse : "")}{line}{(hasColours ? Plain : "")}{Restore}");
    }

    /// <summary>Releases the line.</summary>
    public static string End(int height) => string.Create(CultureInfo.InvariantCulture, $"{Save}\u001b[r\u001b[{height};1H{EraseLine}{Restore}");
}
