using System.Globalization;
using System.Text;

namespace IceCream.Host.Reference;

/// <summary>Generates the manual page <c>icehost(1)</c> in the macros of man(7).</summary>
internal static class ManualPage
{
    /// <summary>Generates the page.</summary>
    /// <param name="program">The program's name.</param>
    /// <param name="version">Its version.</param>
    /// <param name="commands">The program itself, then its commands.</param>
    public static string Write(string program, string version, IReadOnlyList<CommandEntry> commands)
    {
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $".TH {program.ToUpperInvariant()} 1 \"\" \"IceLib {Text(version)}\" \"IceLib\"\n");
        page.Append(CultureInfo.InvariantCulture, $".SH NAME\n{program} \\- nodes of a compile farm, builds on it, and looks at both\n");
        page.Append(CultureInfo.InvariantCulture, $".SH SYNOPSIS\n.B {program}\n.I COMMAND\n[\\fIOPTIONS\\fR]\n");
        page.Append(CultureInfo.InvariantCulture, $".SH DESCRIPTION\n{Line(commands[0].Description)}\n");
        page.Append(".SH OPTIONS\n");
        Options(page, commands[0]);
        page.Append(".SH COMMANDS\n");
        foreach (CommandEntry command in commands.Skip(1))
        {
            page.Append(CultureInfo.InvariantCulture, $".SS \"{program} {command.Path}{string.Concat(command.Arguments.Select(static argument => " " + argument))}\"\n{Line(command.Description)}\n");
            Options(page, command);
        }

        page.Append(".SH EXIT STATUS\n0: done. 1: it could not be done. 2: it cannot be meant. \\fBrun\\fR ends as its command does.\n");
        page.Append(".SH FILES\n.TP\n.I /etc/icecream/icecream.conf\nSettings of the machine.\n.TP\n.I ~/.config/icecream/icecream.conf\nSettings of a user, which win over it.\n");
        page.Append(".SH SEE ALSO\n.BR icelaunch (1)\n");
        return page.ToString();
    }

    private static void Options(StringBuilder page, CommandEntry command)
    {
        foreach (OptionEntry option in command.Options)
        {
            page.Append(CultureInfo.InvariantCulture, $".TP\n\\fB{Text(option.Name)}\\fR");
            page.Append(option.Value.Length > 0 ? $" \\fI{Text(option.Value)}\\fR" : "");
            page.Append(CultureInfo.InvariantCulture, $"\n{Line(option.Description)}\n");
        }
    }

    /// <summary>A whole line of text; a leading dot or quote is escaped, because roff would take the line for a request.</summary>
    private static string Line(string text) => (text is ['.' or '\'', ..] ? "\\&" : "") + Text(text);

    private static string Text(string text) => text.Replace("\\", "\\e", StringComparison.Ordinal).Replace("-", "\\-", StringComparison.Ordinal).ReplaceLineEndings(" ");
}
