namespace IceCream.Toolchains;

/// <summary>The terminal descriptions that a compiler reads when it writes to a terminal: terminfo(5) lists their places.</summary>
internal static class TerminalFiles
{
    private static readonly string[] Databases = ["/etc/terminfo", "/lib/terminfo", "/usr/lib/terminfo", "/usr/share/terminfo"];

    /// <summary>Adds the description of the terminal from each place where there is one.</summary>
    public static void Add(ToolchainTree tree, CompilerQuestions questions)
    {
        if (questions.Variable("TERM") is not { Length: > 0 } terminal || terminal.Contains('/', StringComparison.Ordinal))
        {
            return;
        }

        IEnumerable<string> own = (questions.Variable("TERMINFO_DIRS") ?? "").Split(':').Append(questions.Variable("TERMINFO") ?? "")
            .Append(questions.Variable("HOME") is { } home ? home + "/.terminfo" : "").Where(static folder => folder.StartsWith('/'));
        foreach (string database in own.Concat(Databases))
        {
            tree.AddDirectory(database);
            tree.AddFile($"{database}/{terminal[0]}/{terminal}");
            tree.AddFile($"{database}/{(int)terminal[0]:x2}/{terminal}");
        }
    }
}
