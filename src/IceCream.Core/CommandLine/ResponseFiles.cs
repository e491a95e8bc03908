using System.Collections.Immutable;
using System.Text;
using IceCream.Jobs;

namespace IceCream.CommandLine;

/// <summary>Replaces <c>@file</c> arguments by the files' contents, by the rules that GCC and Clang share.</summary>
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
