namespace IceCream.Toolchains;

/// <summary>The files that determine the language and the quotation marks of a compiler's messages, and the local time of <c>__TIME__</c>.</summary>
internal static class LocaleFiles
{
    private const string Locales = "/usr/lib/locale", Catalogues = "/usr/share/locale", Zones = "/usr/share/zoneinfo";

    public static void Add(ToolchainTree tree, CompilerQuestions questions, string version)
    {
        tree.AddFile("/etc/localtime");
        if (questions.Variable("TZ")?.TrimStart(':') is { Length: > 0 } zone && !zone.Contains('\0', StringComparison.Ordinal))
        {
            // The value is a name below the zone folder, a file, or a rule, for which no file exists.
            tree.AddFile(zone.StartsWith('/') ? zone : $"{Zones}/{zone}");
            if (questions.Variable("TZDIR") is { Length: > 0 } folder && !zone.StartsWith('/'))
            {
                tree.AddFile($"{folder}/{zone}");
            }
        }

        string[] chosen = [.. questions.Environment
            .Where(static variable => variable.StartsWith("LC_", StringComparison.Ordinal) || variable.StartsWith("LANG", StringComparison.Ordinal))
            .SelectMany(static variable => variable[(variable.IndexOf('=', StringComparison.Ordinal) + 1)..].Split(':'))
            .Where(static name => name is not ("" or "C" or "POSIX") && name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or '@'))
            .Where(static name => name is not ("." or ".."))
            .Distinct(StringComparer.Ordinal)];
        if (chosen.Length == 0)
        {
            return;
        }

        if (chosen.All(static name => name.EndsWith("utf8", StringComparison.OrdinalIgnoreCase) || name.EndsWith("UTF-8", StringComparison.OrdinalIgnoreCase)))
        {
            CharacterSets.AddIndexes(tree);
        }
        else
        {
            // The locale's own character set may be any, and messages are converted into it.
            CharacterSets.Add(tree);
        }

        tree.AddFile($"{Locales}/locale-archive");
        tree.AddContent($"{Locales}/C.utf8");
        tree.AddFile($"{Catalogues}/locale.alias");
        string major = version.Split('.', ' ')[0];
        foreach (string name in chosen)
        {
            tree.AddContent($"{Locales}/{name}");
            tree.AddContent($"{Locales}/{name.Replace("UTF-8", "utf8", StringComparison.OrdinalIgnoreCase)}");
            string territory = name.Split('.', '@')[0];
            foreach (string language in new[] { name, territory, territory.Split('_')[0] }.Where(static text => text.Length != 0).Distinct())
            {
                foreach (string domain in new[] { "gcc", $"gcc-{major}", "cpplib", $"cpplib-{major}", "binutils", "gas", "bfd", "opcodes", "libc" })
                {
                    tree.AddFile($"{Catalogues}/{language}/LC_MESSAGES/{domain}.mo");
                }
            }
        }
    }
}
