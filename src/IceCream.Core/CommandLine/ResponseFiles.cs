using System.Collections.Immutable;
using System.Text;
using IceCream.Jobs;

namespace IceCream.CommandLine;

/// <summary>Replaces <c>@file</c> arguments by the files' contents, by the rules that all versions of GCC and Clang share.</summary>
internal static class ResponseFiles
{
    /// <summary>The maximum nesting depth of response files.</summary>
    public const int MaximumDepth = 16;

    // A file that names itself twice doubles at each level, so a limit on depth alone is not enough.
    private const int MaximumFiles = 2000;
    private const long MaximumText = 64 << 20;
    private const int MaximumArguments = 1 << 18;

    /// <summary>The result of an expansion.</summary>
    /// <param name="Arguments">The expanded arguments.</param>
    /// <param name="Files">The files that were read, as typed, each once.</param>
    /// <param name="Failure">Why the arguments could not be expanded; null when they were.</param>
    public sealed record Expansion(ImmutableArray<string> Arguments, ImmutableArray<string> Files, LocalOnlyReason? Failure);

    /// <summary>Expands <paramref name="arguments"/>.</summary>
    /// <param name="arguments">The arguments after the program's name.</param>
    /// <param name="workingDirectory">The base of relative names, in nested files too.</param>
    /// <param name="readFile">Returns the text of a file, or null when it cannot be read.</param>
    public static Expansion Expand(IEnumerable<string> arguments, string workingDirectory, Func<string, string?> readFile)
    {
        var expanded = ImmutableArray.CreateBuilder<string>();
        var files = new List<string>();
        var reads = 0;
        long room = MaximumText;
        var failure = Append(arguments, depth: 0);
        return new Expansion(expanded.ToImmutable(), [.. files.Distinct(StringComparer.Ordinal)], failure);

        LocalOnlyReason? Append(IEnumerable<string> from, int depth)
        {
            foreach (var argument in from)
            {
                if (!argument.StartsWith('@'))
                {
                    if (expanded.Count == MaximumArguments)
                    {
                        return new LocalOnlyReason(LocalOnlyKind.ResponseFile, $"more than {MaximumArguments} arguments");
                    }

                    expanded.Add(argument);
                    continue;
                }

                var name = argument[1..];
                if (depth == MaximumDepth || reads == MaximumFiles || name.Length == 0
                    || readFile(Path.Combine(workingDirectory, name)) is not { } text || (room -= text.Length) < 0)
                {
                    return new LocalOnlyReason(LocalOnlyKind.ResponseFile, argument) { Effect = "cannot be read, is too long, or names files too deeply" };
                }

                if (!HasOneReading(text))
                {
                    return new LocalOnlyReason(LocalOnlyKind.ResponseFile, argument)
                    {
                        Effect = "means different words to different versions of compilers, by a backslash within quotes or before the end of a line, an empty word, or a strange space",
                    };
                }

                reads++;
                files.Add(name);
                if (Append(Split(text), depth + 1) is { } reason)
                {
                    return reason;
                }
            }

            return null;
        }
    }

    /// <summary>
    /// Whether all compilers split the text as <see cref="Split"/> does. Newer versions of GCC read backslashes as a shell does: within single quotes it stands
    /// for itself, within double quotes too unless a quote, a backslash, a dollar sign or a backtick follows, and the end of a line behind it is dropped. Older
    /// versions of Clang drop empty words; none of Clang takes form feeds for spaces, and all skip a byte order mark. GCC ends at a zero.
    /// </summary>
    public static bool HasOneReading(string text)
    {
        if (text.AsSpan().ContainsAny('\v', '\f', '\0') || text.StartsWith('\uFEFF'))
        {
            return false;
        }

        var quote = '\0';
        bool isQuoted = false, isEmpty = true;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '\\')
            {
                if (++i == text.Length || quote == '\'' || text[i] == '\n' || (quote == '"' && text[i] is not ('"' or '\\' or '$' or '`')))
                {
                    return false;
                }

                isEmpty = false;
            }
            else if (quote == '\0' && c is '\'' or '"')
            {
                quote = c;
                isQuoted = true;
            }
            else if (c == quote)
            {
                quote = '\0';
            }
            else if (quote == '\0' && c is ' ' or '\t' or '\n' or '\r')
            {
                if (isQuoted && isEmpty)
                {
                    return false;
                }

                (isQuoted, isEmpty) = (false, true);
            }
            else
            {
                isEmpty = false;
            }
        }

        return !isQuoted || !isEmpty;
    }

    /// <summary>
    /// Splits text into arguments: white space separates them, single and double quotes keep white space, and a backslash takes the next character literally, even
    /// within quotes.
    /// </summary>
    public static IEnumerable<string> Split(string text)
    {
        var argument = new StringBuilder();
        var begun = false;
        var quote = '\0';
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '\\' && i + 1 < text.Length)
            {
                argument.Append(text[++i]);
                begun = true;
            }
            else if (quote != '\0')
            {
                if (c == quote)
                {
                    quote = '\0';
                }
                else
                {
                    argument.Append(c);
                }
            }
            else if (c is '\'' or '"')
            {
                quote = c;
                begun = true;
            }
            else if (c is ' ' or '\t' or '\n' or '\r' or '\v' or '\f')
            {
                if (begun)
                {
                    yield return argument.ToString();
                    argument.Clear();
                    begun = false;
                }
            }
            else
            {
                argument.Append(c);
                begun = true;
            }
        }

        if (begun)
        {
            yield return argument.ToString();
        }
    }
}
