using System.Buffers;
using System.Text;

namespace IceCream.Preprocessing;

/// <summary>
/// Reads the directives of a source. It keeps no state between lines: text in a comment or a raw string that looks like a directive counts as
/// one. One file too many does no harm, but a lexer that loses its place would miss files.
/// </summary>
internal ref partial struct DirectiveReader
{
    private const int LongestDefinition = 8192;
    private const int LeastBudget = 1 << 20;

    private static readonly SearchValues<byte> Marks = SearchValues.Create("#%"u8);

    private readonly ReadOnlySpan<byte> _text;
    private readonly HashSet<IncludeDirective> _includes = [];
    private readonly ArrayBufferWriter<byte> _definitions = new();
    private readonly ArrayBufferWriter<byte> _rest = new();
    private readonly HashSet<string> _probeMacros = new(StringComparer.Ordinal);
    private readonly HashSet<string> _called = new(StringComparer.Ordinal);
    private string? _doubt;

    /// <summary>Bytes that may still be looked at more than once; without this bound, names nested within names would take forever.</summary>
    private long _budget;

    /// <summary>Where the last search for the end of a comment began, and the end that it found: the next comment may have the same end.</summary>
    private (int From, int End) _comment = (-1, -1);

    /// <summary>The same for the end of a line.</summary>
    private (int From, int End) _line = (-1, -1);

    private DirectiveReader(ReadOnlySpan<byte> text)
    {
        _text = text;
        _budget = LeastBudget + (4L * text.Length);
    }

    /// <summary>Reads a whole source.</summary>
    public static SourceDirectives Read(ReadOnlySpan<byte> source)
    {
        ReadOnlySpan<byte> text = SourceBytes.JoinLines(source, out byte[]? joined);
        try
        {
            var reader = new DirectiveReader(text);
            reader.ReadAll();
            SuspiciousWords.Findings words = SuspiciousWords.Find(text, reader._includes);
            return new SourceDirectives
            {
                Includes = [.. reader._includes],
                Definitions = MacroDefinitions.Of(reader._definitions.WrittenSpan),
                ProbeMacros = [.. reader._probeMacros],
                CalledInConditions = [.. reader._called],
                Doubt = reader._doubt ?? words.Doubt,
                HasTrigraphs = words.Trigraphs || source.IndexOf("??/"u8) >= 0,
                HasModules = words.Modules,
                TimePragma = TimePragmas.In(text),
            };
        }
        finally
        {
            if (joined is not null)
            {
                ArrayPool<byte>.Shared.Return(joined);
            }
        }
    }

    private void ReadAll()
    {
        int at = 0;
        while (_text[at..].IndexOfAny(Marks) is >= 0 and int skip)
        {
            at += skip;
            int behind = _text[at] == '#' ? at + 1 : at + 1 < _text.Length && _text[at + 1] == ':' ? at + 2 : -1;
            at = behind >= 0 && BeginsDirective(at) ? GoOnBehind(at, ReadDirective(behind)) : at + 1;
        }
    }

    /// <summary>
    /// Where to continue after a directive: on the next line, even if a comment extends the directive beyond its line. Within a raw string that comment
    /// is none, and would hide the directives in it.
    /// </summary>
    private int GoOnBehind(int begin, int end)
    {
        int length = _text[begin..end].IndexOfAny((byte)'\n', (byte)'\r');
        return length < 0 || IsSpent(_text[(begin + length)..end]) ? end : begin + length;
    }

    /// <summary>Whether only blanks and comments stand before a place on its line. Of a comment, only the end is checked.</summary>
    private readonly bool BeginsDirective(int at)
    {
        for (at--; at >= 0; at--)
        {
            if (!SourceBytes.IsBlank(_text[at]))
            {
                return SourceBytes.IsLineEnd(_text[at]) || _text[..(at + 1)].EndsWith("*/"u8) || _text[..(at + 1)].SequenceEqual("\uFEFF"u8);
            }
        }

        return true;
    }

    private int ReadDirective(int at)
    {
        at = SkipBlanks(at);
        int end = WordEnd(at);
        switch (_text[at..end])
        {
            case [.. var word] when word.SequenceEqual("include"u8) || word.SequenceEqual("import"u8) || word.SequenceEqual("__include_macros"u8):
                return ReadName(end, IncludeKind.Include);
            case [.. var word] when word.SequenceEqual("include_next"u8):
                return ReadName(end, IncludeKind.IncludeNext);
            case [.. var word] when word.SequenceEqual("embed"u8):
                return ReadName(end, IncludeKind.Data);
            case [.. var word] when word.SequenceEqual("define"u8):
                return ReadDefinition(end);
            case [.. var word] when word.SequenceEqual("if"u8) || word.SequenceEqual("elif"u8):
                end = ReadRest(end);
                ReadCondition(_rest.WrittenSpan);
                return end;
            case [.. var word] when word.SequenceEqual("pragma"u8):
                end = ReadRest(end);
                ReadPragma(Encoding.UTF8.GetString(_rest.WrittenSpan));
                return end;
            default:
                return end;
        }
    }

    private int ReadName(int at, IncludeKind kind)
    {
        at = SkipBlanks(at);
        if (at < _text.Length && _text[at] is (byte)'<' or (byte)'"' && TryDelimited(_text[at..], out ReadOnlySpan<byte> name))
        {
            Add(kind, _text[at] == '<' ? IncludeForm.Angled : IncludeForm.Quoted, name);
            return at + name.Length + 2;
        }

        int end = ReadRest(at);
        if (!_rest.WrittenSpan.IsEmpty)
        {
            Add(kind, IncludeForm.Computed, _rest.WrittenSpan);
        }

        return end;
    }

    private int ReadDefinition(int at)
    {
        at = SkipBlanks(at);
        int nameEnd = WordEnd(at);
        ReadOnlySpan<byte> name = _text[at..nameEnd];
        if (name.IsEmpty)
        {
            return at;
        }

        int end = ReadRest(nameEnd);
        ReadOnlySpan<byte> body = _rest.WrittenSpan;

        // Headers define __has_include themselves where the compiler lacks it.
        if (body.IndexOf("__has_"u8) >= 0 && !name.StartsWith("__has_"u8))
        {
            ReadProbes(body, Encoding.UTF8.GetString(name));
        }

        // No file name is this long. A marker stands for the body, and tells readers of the macro that it was omitted.
        bool isCall = nameEnd < _text.Length && _text[nameEnd] == '(';
        _definitions.Write(name);
        if (body.Length > LongestDefinition)
        {
            _definitions.Write(MacroDefinition.Omitted);
        }
        else
        {
            _definitions.Write(isCall || body.IsEmpty ? ""u8 : " "u8);
            _definitions.Write(body);
        }

        _definitions.Write("\n"u8);
        return end;
    }

    /// <summary>Reads a condition. A file name in parentheses there is always an operand of <c>__has_include</c>, perhaps through a macro.</summary>
    private void ReadCondition(ReadOnlySpan<byte> condition)
    {
        for (int at = 0; condition[at..].IndexOf((byte)'(') is >= 0 and int skip; at++)
        {
            at += skip;
            if (IsSpent(condition[at..]))
            {
                return;
            }

            ReadOnlySpan<byte> caller = condition[..at].TrimEnd((byte)' ');
            caller = caller[(caller.LastIndexOfAnyExcept(SourceBytes.Word) + 1)..];
            ReadOnlySpan<byte> operand = condition[(at + 1)..].TrimStart((byte)' ');
            bool data = caller.SequenceEqual("__has_embed"u8);
            if (!operand.IsEmpty && operand[0] is (byte)'<' or (byte)'"' && TryDelimited(operand, out ReadOnlySpan<byte> name))
            {
                Add(data ? IncludeKind.Data : IncludeKind.Probe, operand[0] == '<' ? IncludeForm.Angled : IncludeForm.Quoted, name);
            }
            else if (caller.StartsWith("__has_include"u8) || data)
            {
                Add(data ? IncludeKind.Data : IncludeKind.Probe, IncludeForm.Computed, Operand(operand));
            }
            else if (!caller.IsEmpty && !caller.SequenceEqual("defined"u8) && !caller.StartsWith("__has_"u8))
            {
                _called.Add(Encoding.UTF8.GetString(caller));
            }
        }
    }

    private void ReadProbes(ReadOnlySpan<byte> body, string macro)
    {
        for (int at = 0; body[at..].IndexOf("__has_"u8) is >= 0 and int skip;)
        {
            at += skip;
            if (IsSpent(body[at..]))
            {
                return;
            }

            int length = body[at..].IndexOfAnyExcept(SourceBytes.Word) is >= 0 and int end ? end : body.Length - at;
            ReadOnlySpan<byte> word = body.Slice(at, length);
            at += length;
            bool data = word.SequenceEqual("__has_embed"u8);
            if (!data && !word.StartsWith("__has_include"u8))
            {
                continue;
            }

            ReadOnlySpan<byte> operand = body[at..].TrimStart((byte)' ');
            operand = operand.IsEmpty || operand[0] != '(' ? [] : operand[1..].TrimStart((byte)' ');
            if (!operand.IsEmpty && operand[0] is (byte)'<' or (byte)'"' && TryDelimited(operand, out ReadOnlySpan<byte> name))
            {
                Add(data ? IncludeKind.Data : IncludeKind.Probe, operand[0] == '<' ? IncludeForm.Angled : IncludeForm.Quoted, name);
            }
            else
            {
                _probeMacros.Add(macro);
                if (!operand.IsEmpty)
                {
                    Add(data ? IncludeKind.Data : IncludeKind.Probe, IncludeForm.Computed, Operand(operand));
                }
            }
        }
    }

    /// <summary>Charges the budget for a look at the text after a parenthesis: up to the end of its line, in the worst case.</summary>
    /// <returns>Whether the budget is exhausted: then the source is in doubt.</returns>
    private bool IsSpent(ReadOnlySpan<byte> ahead)
    {
        _budget -= ahead.Length;
        if (_budget >= 0)
        {
            return false;
        }

        _doubt ??= "a directive without an end in sight";
        return true;
    }

    private void ReadPragma(string text)
    {
        string words = string.Join(' ', text.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        if (words.StartsWith("GCC pch_preprocess", StringComparison.Ordinal) || words.StartsWith("GCC dependency", StringComparison.Ordinal)
            || words.StartsWith("clang dependency", StringComparison.Ordinal) || words.StartsWith("clang module", StringComparison.Ordinal))
        {
            _doubt ??= "#pragma " + words;
        }
    }

    private void Add(IncludeKind kind, IncludeForm form, ReadOnlySpan<byte> text)
    {
        if (!text.IsEmpty)
        {
            string name = Encoding.UTF8.GetString(text);
            _doubt ??= name.Contains('\uFFFD', StringComparison.Ordinal) ? "a name that is not UTF-8" : null;
            _includes.Add(new IncludeDirective(kind, form, name));
        }
    }
}
