using System.Text;
using System.Text.RegularExpressions;

namespace IceCream.Preprocessing;

/// <summary>
/// Finds what may become <c>#pragma GCC dependency</c>. The pragma compares the times of two files, which no digest covers, so a compile with it neither leaves
/// the machine nor is cached.
/// </summary>
internal static partial class TimePragmas
{
    /// <summary>The reason given for sources that together hold all parts of a pragma that compares the times of files.</summary>
    public const string MadeByMacros = "a _Pragma that may be of a dependency";

    /// <summary>Finds the parts of the pragma in a source.</summary>
    /// <param name="text">The source with its lines joined.</param>
    public static TimePragma In(ReadOnlySpan<byte> text)
    {
        bool mayHaveOperator = text.IndexOf("_Pragma"u8) >= 0 || text.IndexOf("__pragma"u8) >= 0;
        bool mayHaveWord = text.IndexOf("ncy"u8) >= 0 || HasWord(text, "dependenc"u8) || HasWord(text, "dependen"u8);
        if (!mayHaveOperator && !mayHaveWord)
        {
            return TimePragma.None;
        }

        // Comments often mention dependencies, and no pragma comes from a comment.
        return SourceText.WithoutComments(Encoding.Latin1.GetString(text)) is { } code ? In(code) : TimePragma.Whole;
    }

    /// <summary>Whether a word ends somewhere with this text. Comments speak of what is independent, and dependent, all the time.</summary>
    private static bool HasWord(ReadOnlySpan<byte> text, ReadOnlySpan<byte> ending)
    {
        for (int at = 0; text[at..].IndexOf(ending) is >= 0 and int skip;)
        {
            at += skip + ending.Length;
            if (at == text.Length || !SourceBytes.IsWord(text[at]))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Finds the parts of the pragma in a text without comments.</summary>
    public static TimePragma In(string code) =>
        (HiddenOperator().IsMatch(code) ? TimePragma.Operator : TimePragma.None) | (Word().IsMatch(code) ? TimePragma.Word : TimePragma.None);

    [GeneratedRegex("""\b_Pragma\b(?!\s*\(\s*(?:L|u8?|U)?")|\b__pragma\b|\b_Pragma\s*\(\s*(?:L|u8?|U)?"[^"\n]{0,200}dependency""", RegexOptions.CultureInvariant)]
    private static partial Regex HiddenOperator();

    [GeneratedRegex("""\bdependenc?\b|\b(?:d?e?p?e?n?d?e?ncy)\b(?=(?>[ \t]*(?:\)[ \t]*)?)(?:\\?["<]|[A-Za-z_]|\r?$)|[ \t]*,[ \t]*\\?["<])""", RegexOptions.CultureInvariant | RegexOptions.Multiline)]
    private static partial Regex Word();
}
