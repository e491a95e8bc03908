using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace IceCream.Host.Live;

/// <summary>A screen full of lines, and what changes one into another: as few bytes as that takes, so that nothing flickers.</summary>
/// <param name="Lines">The lines, from the top.</param>
/// <param name="Width">How wide the screen is.</param>
internal sealed record Frame(ImmutableArray<string> Lines, int Width)
{
    /// <summary>A terminal draws what is between these at once, if it knows them.</summary>
    private const string Begin = "\u001b[?2026h", End = "\u001b[?2026l";

    /// <summary>Renders a screen.</summary>
    /// <param name="content">What is on it: what does not fit is cut at the bottom.</param>
    /// <param name="footer">Its last line.</param>
    /// <param name="width">How wide it is.</param>
    /// <param name="height">How many lines it has.</param>
    /// <param name="colours">What colours the terminal has.</param>
    public static Frame Of(IRenderable content, IRenderable footer, int width, int height, ColorSystemSupport colours)
    {
        string[] lines = Render(content, width, colours), last = Render(footer, width, colours);
        return new Frame(
            [.. lines.Take(height - 1), .. Enumerable.Repeat("", Math.Max(0, height - 1 - lines.Length)), .. last.Take(1)], width);
    }

    /// <summary>What a terminal is sent that shows <paramref name="former"/>, so that it shows this; null: it shows anything.</summary>
    public string ChangesFrom(Frame? former)
    {
        var changes = new StringBuilder();
        bool isKnown = former is not null && former.Width == Width && former.Lines.Length == Lines.Length;
        for (int i = 0; i < Lines.Length; i++)
        {
            if (!isKnown || former!.Lines[i] != Lines[i])
            {
                // Its rest is erased after it: what is erased before it is written is seen to blink.
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

        // One less than there is: a line that fills the last column leaves the cursor in doubt.
        console.Profile.Width = Math.Max(1, width - 1);
        console.Write(content);
        return [.. text.ToString().Split('\n').Select(static line => line.TrimEnd('\r', ' '))];
    }
}
