using System.Buffers;

namespace IceCream.Inputs;

// How the reader moves through the text.
internal ref partial struct DirectiveReader
{
    /// <summary>What stands before the parenthesis that closes.</summary>
    private static ReadOnlySpan<byte> Operand(ReadOnlySpan<byte> text)
    {
        int depth = 0;
        for (int at = 0; at < text.Length; at++)
        {
            if (text[at] == '(')
            {
                depth++;
            }
            else if (text[at] == ')' && depth-- == 0)
            {
                return text[..at];
            }
        }

        return text;
    }

    private static bool TryDelimited(ReadOnlySpan<byte> text, out ReadOnlySpan<byte> name)
    {
        byte close = text[0] == '<' ? (byte)'>' : (byte)'"';
        int end = text[1..].IndexOfAny(close, (byte)'\n');
        name = end < 0 || text[end + 1] != close ? [] : text.Slice(1, end);
        return end >= 0 && text[end + 1] == close;
    }

    private readonly int WordEnd(int at)
    {
        // Words are short: a byte at a time is faster than to set out for a vector of them.
        while (at < _text.Length && SourceBytes.IsWord(_text[at]))
        {
            at++;
        }

        return at;
    }

    /// <summary>Skips blanks and comments, which may span lines.</summary>
    private readonly int SkipBlanks(int at)
    {
        while (at < _text.Length)
        {
            if (SourceBytes.IsBlank(_text[at]))
            {
                at++;
            }
            else if (_text[at..].StartsWith("/*"u8))
            {
                at = _text[(at + 2)..].IndexOf("*/"u8) is >= 0 and int length ? at + length + 4 : _text.Length;
            }
            else
            {
                break;
            }
        }

        return at;
    }

    /// <summary>Keeps the rest of the directive, trimmed and with a space for each comment and for each row of blanks.</summary>
    private readonly int ReadRest(int at)
    {
        _rest.ResetWrittenCount();
        bool space = false;
        while (at < _text.Length && !SourceBytes.IsLineEnd(_text[at]))
        {
            int next = SkipBlanks(at);
            if (next != at)
            {
                space = _rest.WrittenCount != 0;
                at = next;
                continue;
            }

            if (_text[at..].StartsWith("//"u8))
            {
                return _text[at..].IndexOfAny((byte)'\n', (byte)'\r') is >= 0 and int comment ? at + comment : _text.Length;
            }

            if (space)
            {
                _rest.Write(" "u8);
                space = false;
            }

            int end = RunEnd(at);
            _rest.Write(_text[at..end]);
            at = end;
        }

        return at;
    }

    /// <summary>The end of what is kept as it stands: up to a blank, a comment or the end of the line that is not within quotes.</summary>
    private readonly int RunEnd(int at)
    {
        int word = -1;
        while (at < _text.Length)
        {
            byte b = _text[at];
            if (SourceBytes.IsWord(b))
            {
                word = word < 0 ? at : word;
                at++;
                continue;
            }

            // The quote in 1'000 begins no character.
            if (b == '\'' && word >= 0 && char.IsAsciiDigit((char)_text[word]) && at + 1 < _text.Length && SourceBytes.IsWord(_text[at + 1]))
            {
                at++;
                continue;
            }

            word = -1;
            if (b is (byte)'"' or (byte)'\'')
            {
                at = QuoteEnd(at);
            }
            else if (SourceBytes.IsBlank(b) || SourceBytes.IsLineEnd(b)
                || (b == '/' && at + 1 < _text.Length && _text[at + 1] is (byte)'/' or (byte)'*'))
            {
                break;
            }
            else
            {
                at++;
            }
        }

        return at;
    }

    /// <summary>The end of a string or a character, which a line's end ends too.</summary>
    private readonly int QuoteEnd(int at)
    {
        byte quote = _text[at];
        for (at++; at < _text.Length && !SourceBytes.IsLineEnd(_text[at]); at++)
        {
            if (_text[at] == quote)
            {
                return at + 1;
            }

            if (_text[at] == '\\' && at + 1 < _text.Length && !SourceBytes.IsLineEnd(_text[at + 1]))
            {
                at++;
            }
        }

        return at;
    }
}
