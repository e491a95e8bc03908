using System.Text;

namespace IceCream.Preprocessing;

/// <summary>Finds reads outside of directives: assembler text, modules, and constructs that the scanner cannot follow.</summary>
internal static class SuspiciousWords
{
    /// <summary>Findings other than file names.</summary>
    public readonly record struct Findings(string? Doubt, bool Trigraphs, bool Modules);

    /// <summary>Looks through a source whose lines are joined.</summary>
    public static Findings Find(ReadOnlySpan<byte> text, HashSet<IncludeDirective> includes)
    {
        string? doubt = Assembler(text, ".incbin"u8, IncludeKind.Data, includes) ?? Assembler(text, ".include"u8, IncludeKind.Assembler, includes);
        if (text.IndexOf("__TIMESTAMP__"u8) >= 0)
        {
            doubt ??= "__TIMESTAMP__";
        }

        bool modules = StartsStatement(text, "import"u8) || StartsStatement(text, "module"u8);
        return new Findings(doubt, text.IndexOf("??="u8) >= 0, modules);
    }

    /// <summary>Adds the files that an assembler directive names, in an assembler source or within a string.</summary>
    private static string? Assembler(ReadOnlySpan<byte> text, ReadOnlySpan<byte> operation, IncludeKind kind, HashSet<IncludeDirective> includes)
    {
        for (int at = 0; text[at..].IndexOf(operation) is >= 0 and int skip;)
        {
            at += skip + operation.Length;
            int name = at;
            while (name < text.Length && SourceBytes.IsBlank(text[name]))
            {
                name++;
            }

            ReadOnlySpan<byte> rest = text[name..];
            if (rest.StartsWith("/*"u8))
            {
                return Encoding.UTF8.GetString(operation);
            }

            bool escaped = rest.StartsWith("\\\""u8);
            if (!escaped && !rest.StartsWith("\""u8))
            {
                if (name == at || rest.IsEmpty || !SourceBytes.IsWord(rest[0]))
                {
                    // This is part of a longer word or of prose: the operand is a string, or a macro that becomes one.
                    continue;
                }

                return Encoding.UTF8.GetString(operation);
            }

            rest = rest[(escaped ? 2 : 1)..];
            int end = rest.IndexOfAny("\\\"%\n"u8);

            // Anything but a plain name between plain quotes is put together by macros.
            if (end <= 0 || SourceBytes.IsBlank(rest[0]) || SourceBytes.IsBlank(rest[end - 1])
                || (escaped ? !rest[end..].StartsWith("\\\""u8) : rest[end] != '"'))
            {
                return Encoding.UTF8.GetString(operation);
            }

            includes.Add(new IncludeDirective(kind, IncludeForm.Quoted, Encoding.UTF8.GetString(rest[..end])));
        }

        return null;
    }

    /// <summary>Whether a word begins a statement that ends on its line. Each byte is looked at only a few times, however long the line is.</summary>
    private static bool StartsStatement(ReadOnlySpan<byte> text, ReadOnlySpan<byte> word)
    {
        int end = -1;
        for (int at = 0; text[at..].IndexOf(word) is >= 0 and int skip;)
        {
            int start = at + skip;
            at = start + word.Length;
            if ((at < text.Length && SourceBytes.IsWord(text[at])) || !BeginsStatement(text, start))
            {
                continue;
            }

            if (end < at)
            {
                end = text[at..].IndexOfAny((byte)'\n', (byte)';') is >= 0 and int length ? at + length : text.Length;
            }

            if (end < text.Length && text[end] == ';')
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether only blanks, and perhaps <c>export</c>, stand before a place in its statement.</summary>
    private static bool BeginsStatement(ReadOnlySpan<byte> text, int start)
    {
        int at = SkipBlanksBack(text, start);
        if (text[..at].EndsWith("export"u8))
        {
            at = SkipBlanksBack(text, at - "export".Length);
        }

        return at == 0 || text[at - 1] is (byte)'\n' or (byte)'\r' or (byte)';';
    }

    private static int SkipBlanksBack(ReadOnlySpan<byte> text, int at)
    {
        while (at > 0 && text[at - 1] is (byte)' ' or (byte)'\t')
        {
            at--;
        }

        return at;
    }
}
