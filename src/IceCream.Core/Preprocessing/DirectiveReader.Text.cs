using System.Buffers;

namespace IceCream.Preprocessing;

// How the reader moves through the text.
internal ref partial struct DirectiveReader
{
    private const int LongestDelimiter = 16;

    /// <summary>The text before the closing parenthesis.</summary>
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
        // Words are short: testing byte by byte is faster than a vectorised search.
        while (at < _text.Length && SourceBytes.IsWord(_text[at]))
        {
            at++;
        }

        return at;
    }

    /// <summary>Skips blanks and comments, which may span lines.</summary>
    private int SkipBlanks(int at)
    {
        while (at < _text.Length)
        {
            if (SourceBytes.IsBlank(_text[at]))
            {
                at++;
            }
            else if (_text[at..].StartsWith("/*"u8))
            {
                at = CommentEnd(at + 2);
            }
            else
            {
                break;
            }
        }

        return at;
    }

    private int CommentEnd(int from)
    {
        if (from < _comment.From || from > _comment.End - "*/".Length)
        {
            _comment = (from, from <= _text.Length && _text[from..].IndexOf("*/"u8) is >= 0 and int length ? from + length + 2 : int.MaxValue);
        }

        return Math.Min(_comment.End, _text.Length);
    }

    /// <summary>Keeps the rest of the directive, trimmed, with one space for each comment or run of blanks.</summary>
    private int ReadRest(int at)
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

    /// <summary>The end of a piece that is kept as it stands: up to a blank, a comment or a line end outside quotes.</summary>
    private int RunEnd(int at)
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

            // The quote in 1'000 starts no character literal.
            if (b == '\'' && word >= 0 && char.IsAsciiDigit((char)_text[word]) && at + 1 < _text.Length && SourceBytes.IsWord(_text[at + 1]))
            {
                at++;
                continue;
            }

            bool isRaw = b == '"' && word >= 0 && IsRawPrefix(_text[word..at]);
            word = -1;
            if (isRaw)
            {
                at = RawStringEnd(at);
            }
            else if (b is (byte)'"' or (byte)'\'')
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

    private static bool IsRawPrefix(ReadOnlySpan<byte> word) =>
        word.SequenceEqual("R"u8) || word.SequenceEqual("LR"u8) || word.SequenceEqual("uR"u8) || word.SequenceEqual("UR"u8) || word.SequenceEqual("u8R"u8);

    /// <summary>
    /// The end of a raw string, in which no quote ends and no comment begins. If the string continues on further lines, the end of this line: the reader
    /// reads the further lines by themselves.
    /// </summary>
    private int RawStringEnd(int at)
    {
        ReadOnlySpan<byte> ahead = _text.Slice(at + 1, Math.Min(LongestDelimiter + 1, _text.Length - at - 1));
        int length = ahead.IndexOfAny("(\n\r"u8);
        if (length < 0 || ahead[length] != '(')
        {
            return QuoteEnd(at);
        }

        Span<byte> end = stackalloc byte[length + 2];
        end[0] = (byte)')';
        ahead[..length].CopyTo(end[1..]);
        end[^1] = (byte)'"';
        int open = at + 1 + length, lineEnd = LineEnd(open);
        int close = _text[open..lineEnd].IndexOf(end);
        return close < 0 ? lineEnd : open + close + end.Length;
    }

    /// <summary>The end of the line around a place. A line may hold very many raw strings, and its end is searched once for all of them.</summary>
    private int LineEnd(int at)
    {
        if (at < _line.From || at > _line.End)
        {
            _line = (at, _text[at..].IndexOfAny((byte)'\n', (byte)'\r') is >= 0 and int length ? at + length : _text.Length);
        }

        return _line.End;
    }

    /// <summary>The end of a string or character literal; a line end also ends it.</summary>
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
