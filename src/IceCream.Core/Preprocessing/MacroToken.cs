using System.Collections.Immutable;

namespace IceCream.Preprocessing;

/// <summary>A token of a macro expression.</summary>
/// <param name="Text">How it is written.</param>
/// <param name="Spaced">Whether white space stands before it.</param>
internal readonly record struct MacroToken(string Text, bool Spaced)
{
    /// <summary>The macros from whose expansion the token came: it does not expand as one of them again.</summary>
    public ImmutableHashSet<string> Hidden { get; init; } = [];

    /// <summary>Whether the token can be a macro's name.</summary>
    public bool IsName => Text.Length > 0 && IsWord(Text[0]) && !char.IsAsciiDigit(Text[0]);

    /// <summary>Splits a text. Each punctuation character is a token of its own, except for <c>##</c>: only names matter here.</summary>
    public static ImmutableArray<MacroToken> Split(string text)
    {
        var tokens = ImmutableArray.CreateBuilder<MacroToken>();
        bool spaced = false;
        for (int at = 0; at < text.Length;)
        {
            int end = at + 1;
            char first = text[at];
            if (first is ' ' or '\t')
            {
                spaced = true;
                at++;
                continue;
            }

            if (IsWord(first))
            {
                // A number includes its dots, so that 1.hpp is one token and pastes like one.
                bool number = char.IsAsciiDigit(first);
                while (end < text.Length && (IsWord(text[end]) || (number && (text[end] == '.' || IsSeparator(text, end)))))
                {
                    end++;
                }

                if (end < text.Length && text[end] == '"' && text[at..end] is "R" or "LR" or "uR" or "UR" or "u8R")
                {
                    end = RawStringEnd(text, end);
                }
            }
            else if (first is '"' or '\'')
            {
                while (end < text.Length && text[end] != first)
                {
                    end += text[end] == '\\' ? 2 : 1;
                }

                end = Math.Min(end + 1, text.Length);
            }
            else if (first == '%' && text.AsSpan(at).StartsWith("%:"))
            {
                // Digraphs for # and ##.
                end = text.AsSpan(at).StartsWith("%:%:") ? at + 4 : at + 2;
                tokens.Add(new MacroToken(end - at == 4 ? "##" : "#", spaced));
                spaced = false;
                at = end;
                continue;
            }
            else if (first == '#' && end < text.Length && text[end] == '#')
            {
                end++;
            }

            tokens.Add(new MacroToken(text[at..end], spaced));
            spaced = false;
            at = end;
        }

        return tokens.ToImmutable();
    }

    /// <summary>Whether a quote is a digit separator, as in 1'000, and starts no character literal.</summary>
    private static bool IsSeparator(string text, int at) => text[at] == '\'' && at + 1 < text.Length && IsWord(text[at + 1]);

    private static int RawStringEnd(string text, int quote)
    {
        int open = text.IndexOf('(', quote);
        int close = open < 0 ? -1 : text.IndexOf($"){text[(quote + 1)..open]}\"", open, StringComparison.Ordinal);
        return close < 0 ? text.Length : close + open - quote + 1;
    }

    private static bool IsWord(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '$' || c >= 128;
}
