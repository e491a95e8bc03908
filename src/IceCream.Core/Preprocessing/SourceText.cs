using System.Text;

namespace IceCream.Preprocessing;

/// <summary>Works on the text of a whole source, one character for each byte.</summary>
internal static class SourceText
{
    private const int LongestDelimiter = 16;

    /// <summary>
    /// Joins lines and replaces each comment by a space; literals stay. Each character is looked at once, whatever is unterminated: a quote without an
    /// end on its line starts no literal, and a comment without an end hides the rest.
    /// </summary>
    /// <returns>Null when a raw string has no end: searching for the ends of many of them could take forever, and no compiler accepts such a text.</returns>
    public static string? WithoutComments(string text)
    {
        text = text.Replace("\\\r\n", "", StringComparison.Ordinal).Replace("\\\n", "", StringComparison.Ordinal);
        var code = new StringBuilder(text.Length);
        int at = 0;
        while (text.AsSpan(at).IndexOfAny('/', '"', '\'') is >= 0 and int skip)
        {
            code.Append(text, at, skip);
            at += skip;
            int end = text[at] == '/' ? CommentEnd(text, at) : RawStringEnd(text, at) ?? LiteralEnd(text, at);
            if (end < 0)
            {
                return null;
            }

            if (text[at] == '/' && end > at + 1)
            {
                code.Append(' ');
            }
            else
            {
                code.Append(text, at, end - at);
            }

            at = end;
        }

        return code.Append(text, at, text.Length - at).ToString();
    }

    /// <summary>The end of a raw string; -1 when it has none, null when it is no raw string.</summary>
    private static int? RawStringEnd(string text, int at)
    {
        if (text[at] != '"' || !IsRaw(text, at) || text.IndexOf('(', at, Math.Min(LongestDelimiter + 2, text.Length - at)) is not (> 0 and int open))
        {
            return null;
        }

        int close = text.IndexOf($"){text.AsSpan(at + 1, open - at - 1)}\"", open, StringComparison.Ordinal);
        return close < 0 ? -1 : close + open - at + 1;
    }

    /// <summary>Whether the word before a quote makes it the start of a raw string.</summary>
    private static bool IsRaw(string text, int quote)
    {
        int start = quote;
        while (start > 0 && quote - start < 4 && (char.IsAsciiLetterOrDigit(text[start - 1]) || text[start - 1] == '_'))
        {
            start--;
        }

        return text[start..quote] is "R" or "LR" or "uR" or "UR" or "u8R";
    }

    private static int CommentEnd(string text, int at) => (at + 1 < text.Length ? text[at + 1] : '\0') switch
    {
        '/' => text.IndexOf('\n', at) is >= 0 and int line ? line : text.Length,
        '*' => text.IndexOf("*/", at + 2, StringComparison.Ordinal) is >= 0 and int close ? close + 2 : text.Length,
        _ => at + 1,
    };

    /// <summary>The end of a literal, or of its line when it is unterminated: the rest of that line is kept as it is.</summary>
    private static int LiteralEnd(string text, int at)
    {
        // The quote in 1'000 starts no character literal.
        if (text[at] == '\'' && at > 0 && char.IsAsciiHexDigit(text[at - 1]) && at + 1 < text.Length && char.IsAsciiHexDigit(text[at + 1])
            && (at + 2 >= text.Length || text[at + 2] != '\''))
        {
            return at + 1;
        }

        int end = at + 1;
        while (end < text.Length && text[end] != '\n' && text[end] != text[at])
        {
            end += text[end] == '\\' && end + 1 < text.Length && text[end + 1] != '\n' ? 2 : 1;
        }

        return end < text.Length && text[end] == text[at] ? end + 1 : end;
    }
}
