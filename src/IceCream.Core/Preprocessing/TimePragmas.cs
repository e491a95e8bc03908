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
        bool mayHaveWord = MayHaveWord(text);
        if (!mayHaveOperator && !mayHaveWord)
        {
            return TimePragma.None;
        }

        // Comments often mention dependencies, and no pragma comes from a comment.
        return SourceText.WithoutComments(Encoding.Latin1.GetString(text)) is { } code ? In(code, mayHaveOperator, mayHaveWord) : TimePragma.Whole;
    }

    /// <summary>Whether a word ends somewhere with this text. Comments speak of what is independent, and dependent, all the time.</summary>
    private static bool HasWord(ReadOnlySpan<byte> text, ReadOnlySpan<byte> ending)
    {
        for (int at = 0; text[at..].IndexOf(ending) is >= 0 and int skip;)
        {
            at += skip + ending.Length;
            if (at == text.Length || !IsAsciiWord(text[at]))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Finds the parts of the pragma in a text without comments.</summary>
    public static TimePragma In(string code) => In(code, mayHaveOperator: true, mayHaveWord: true);

    private static TimePragma In(string code, bool mayHaveOperator, bool mayHaveWord) =>
        (mayHaveOperator && HiddenOperator().IsMatch(code) ? TimePragma.Operator : TimePragma.None) | (mayHaveWord && Word().IsMatch(code) ? TimePragma.Word : TimePragma.None);

    /// <summary>
    /// Whether <see cref="Word"/> may match once comments are removed. Many headers mention latency or concurrency, so each mention is judged where it
    /// stands: removing the comments of such a header takes longer than all else that is read in it.
    /// </summary>
    private static bool MayHaveWord(ReadOnlySpan<byte> text) => MayEnd(text, "depende"u8, "ncy"u8) || HasWord(text, "dependenc"u8) || HasWord(text, "dependen"u8);

    private static bool MayEnd(ReadOnlySpan<byte> text, ReadOnlySpan<byte> start, ReadOnlySpan<byte> ending)
    {
        for (int at = 0; text[at..].IndexOf(ending) is >= 0 and int skip;)
        {
            int from = at + skip;
            at = from + ending.Length;
            if (IsPartOf(text[..from], start) && MayBeOperand(text[at..]))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether the word that a text ends with has only the given letters, in their order; none need be there. Beyond ASCII a word may begin anywhere.</summary>
    private static bool IsPartOf(ReadOnlySpan<byte> text, ReadOnlySpan<byte> letters)
    {
        for (int at = text.Length - 1, left = letters.Length; at >= 0 && IsAsciiWord(text[at]); at--)
        {
            left = letters[..left].LastIndexOf(text[at]);
            if (left < 0)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether what follows a word may be the name of a file or a macro, or the end of the line. A comment may hide any of them.</summary>
    private static bool MayBeOperand(ReadOnlySpan<byte> behind)
    {
        if (!behind.IsEmpty && IsAsciiWord(behind[0]))
        {
            return false;
        }

        behind = behind.TrimStart(" \t"u8);
        behind = behind.StartsWith(")"u8) ? behind[1..].TrimStart(" \t"u8) : behind;
        if (behind.StartsWith(","u8))
        {
            // An argument of its own: only the name of a file in quotes is one behind it, and comments have commas.
            behind = behind[1..].TrimStart(" \t"u8);
            return !behind.IsEmpty && behind[0] is (byte)'\\' or (byte)'"' or (byte)'<' or (byte)'/';
        }

        return behind.IsEmpty || behind[0] is (byte)'\\' or (byte)'"' or (byte)'<' or (byte)'/' or (byte)'\r' or (byte)'\n' or (byte)'_' || char.IsAsciiLetter((char)behind[0]);
    }

    private static bool IsAsciiWord(byte b) => b == (byte)'_' || char.IsAsciiLetterOrDigit((char)b);

    [GeneratedRegex("""\b_Pragma\b(?!\s*\(\s*(?:L|u8?|U)?")|\b__pragma\b|\b_Pragma\s*\(\s*(?:L|u8?|U)?"[^"\n]{0,200}dependency""", RegexOptions.CultureInvariant)]
    private static partial Regex HiddenOperator();

    [GeneratedRegex("""\bdependenc?\b|\b(?:d?e?p?e?n?d?e?ncy)\b(?=(?>[ \t]*(?:\)[ \t]*)?)(?:\\?["<]|[A-Za-z_]|\r?$)|[ \t]*,[ \t]*\\?["<])""", RegexOptions.CultureInvariant | RegexOptions.Multiline)]
    private static partial Regex Word();
}
