using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace IceCream.Host.Live;

/// <summary>The lines of a full screen. It rewrites only the lines that differ from the former frame, so that nothing flickers.</summary>
/// <param name="Lines">The lines, from the top.</param>
/// <param name="Width">The screen's width in columns.</param>
internal sealed record Frame(ImmutableArray<string> Lines, int Width)
{
    /// <summary>Synchronized output: a terminal that knows it draws all between these at once.</summary>
    private const string Begin = "\u001b[?2026h", End = "\u001b[?2026l";

    /// <summary>Renders a screen.</summary>
    /// <param name="content">The content; lines that do not fit are cut at the bottom.</param>
    /// <param name="footer">The last line.</param>
    /// <param name="width">The width in columns.</param>
    /// <param name="height">The height in lines.</param>
    /// <param name="colours">The colours that the terminal supports.</param>
    public static Frame Of(IRenderable content, IRenderable footer, int width, int height, ColorSystemSupport colours)
    {
        string[] lines = Render(content, width, colours), last = Render(footer, width, colours);
        return new Frame(
            [.. lines.Take(height - 1), .. Enumerable.Repeat("", Math.Max(0, height - 1 - lines.Length)), .. last.Take(1)], width);
    }

    /// <summary>The bytes that make a terminal that shows <paramref name="former"/> show this frame; null if its content is unknown.</summary>
    public string ChangesFrom(Frame? former)
    {
        var changes = new StringBuilder();
        bool isKnown = former is not null && former.Width == Width && former.Lines.Length == Lines.Length;
        for (int i = 0; i < Lines.Length; i++)
        {
            if (!isKnown || former!.Lines[i] != Lines[i])
            {
                // The rest of the line is erased after the text is written: a line erased first would visibly blink.
                changes.Append(CultureInfo.InvariantCulture, $"\u001b[{i + 1};1H{Lines[i]}\u001b[0m\u001b[K");
            }
        }

        if (!isKnown)
        {
            changes.Append("\u001b[J");
        }

        return changes.Length == 0 ? "" : $"{Begin}{changes}{End}";
    }

    private static string[] Render(IRenderable content, int width, ColorSystemSupport colours)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(text),
            Ansi = colours == ColorSystemSupport.NoColors ? AnsiSupport.No : AnsiSupport.Yes,
            ColorSystem = colours,
            Interactive = InteractionSupport.No,
        });

        // One column is left free: after a write to the last column, terminals differ in where the cursor is.
        console.Profile.Width = Math.Max(1, width - 1);
        console.Write(content);
        return [.. text.ToString().Split('\n').Select(static line => line.TrimEnd('\r', ' '))];
    }
}
