using System.Globalization;
using IceCream.Diagnostics;
using Spectre.Console;

namespace IceCream.Host.Rendering;

/// <summary>Prints tables to a terminal, or to a pipe as plain lines that no terminal's width breaks.</summary>
internal static class Terminal
{
    /// <summary>Wider than any table: what reads a pipe takes a line for a row, and a path in it for a word.</summary>
    private const int PipeWidth = 1 << 16;

    /// <summary>Prints a table; its lines end with their last word where no terminal shows them.</summary>
    public static void Write(TextWriter writer, Table table)
    {
        bool isTerminal = (ReferenceEquals(writer, Console.Out) && !Console.IsOutputRedirected)
            || (ReferenceEquals(writer, Console.Error) && !Console.IsErrorRedirected);
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(isTerminal ? writer : text),
            Ansi = isTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = isTerminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
        });
        if (isTerminal)
        {
            console.Write(table);
            return;
        }

        console.Profile.Width = PipeWidth;
        console.Write(table);
        foreach (string line in text.ToString().TrimEnd('\n').Split('\n'))
        {
            writer.WriteLine(line.TrimEnd('\r', ' '));
        }
    }

    /// <summary>A table without borders, whose first row names the columns.</summary>
    public static Table Table(params ReadOnlySpan<string> columns)
    {
        var table = new Table { Border = TableBorder.None };
        foreach (string column in columns)
        {
            table.AddColumn(new TableColumn(new Text(column, new Style(decoration: Decoration.Bold))).PadLeft(0).PadRight(2));
        }

        return table;
    }

    /// <summary>Replaces control characters and direction marks, which could break the line, move a terminal's cursor or reverse words.</summary>
    public static string Line(string text) => PlainText.Of(text, '?');

    /// <summary>Adds a row of plain text, so that brackets in a file's name are not taken for markup. What other machines say is in it, and moves no cursor.</summary>
    public static void Row(this Table table, params ReadOnlySpan<string> cells)
    {
        var texts = new List<Text>(cells.Length);
        foreach (string cell in cells)
        {
            texts.Add(new Text(Line(cell)));
        }

        table.AddRow(texts);
    }
}
