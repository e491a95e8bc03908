using System.Text;

namespace IceCream.Host.Configuration;

/// <summary>One assignment of a configuration file.</summary>
/// <param name="Line">The line number, from 1.</param>
/// <param name="Key">The name.</param>
/// <param name="Value">The value without quotes.</param>
internal readonly record struct ConfigurationLine(int Line, string Key, string Value);

/// <summary>
/// Reads the shell-like format of <c>icecream.conf</c>: <c>KEY=value</c>, <c>#</c> comments, quotes as in a shell. It expands and runs
/// nothing; where a shell would, it reports an error.
/// </summary>
internal static class ConfigurationLines
{
    /// <exception cref="ConfigurationException">A line is no assignment.</exception>
    public static IEnumerable<ConfigurationLine> Read(string file, string text)
    {
        string[] lines = text.Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            if (ReadLine(file, i + 1, lines[i]) is { } line)
            {
                yield return line;
            }
        }
    }

    /// <summary>Reads one line.</summary>
    /// <param name="file">The file's name, for the error.</param>
    /// <param name="number">The line's number, from 1.</param>
    /// <param name="text">The line.</param>
    /// <returns>Null for an empty line or a comment.</returns>
    /// <exception cref="ConfigurationException">The line is no assignment.</exception>
    public static ConfigurationLine? ReadLine(string file, int number, string text)
    {
        string line = text.Trim(' ', '\t', '\r');
        if (line.Length == 0 || line[0] == '#')
        {
            return null;
        }

        if (line.StartsWith("export ", StringComparison.Ordinal))
        {
            line = line["export ".Length..].TrimStart();
        }

        int equals = line.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0 || !IsName(line.AsSpan(0, equals)))
        {
            throw Malformed(file, number, $"'{MaskedAddress.Of(line)}' is no assignment", "KEY=value, without spaces around the equals sign");
        }

        return new ConfigurationLine(number, line[..equals], Unquote(file, number, line[..equals], line.AsSpan(equals + 1)));
    }

    private static bool IsName(ReadOnlySpan<char> text)
    {
        foreach (char c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '_')
            {
                return false;
            }
        }

        return !char.IsAsciiDigit(text[0]);
    }

    private static string Unquote(string file, int line, string key, ReadOnlySpan<char> text)
    {
        var value = new StringBuilder();
        char quote = '\0';
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (quote == '\0' && (c is ' ' or '\t'))
            {
                ReadOnlySpan<char> rest = text[i..].TrimStart(" \t");
                if (rest.IsEmpty || rest[0] == '#')
                {
                    return value.ToString();
                }

                throw Malformed(file, line, $"{key} is followed by '{rest}' after its value", "one value, in quotes when it holds spaces");
            }

            if (quote != '\'' && (c is '$' or '`'))
            {
                throw Malformed(file, line, $"{key} holds '{c}', which is not expanded here", "the value itself; in single quotes any character stands for itself");
            }

            if (c == '\\' && quote != '\'' && i + 1 < text.Length)
            {
                value.Append(text[++i]);
            }
            else if (quote == '\0' && (c is '\'' or '"'))
            {
                quote = c;
            }
            else if (c == quote)
            {
                quote = '\0';
            }
            else
            {
                value.Append(c);
            }
        }

        return quote == '\0' ? value.ToString() : throw Malformed(file, line, $"{key} has a quote {quote} that is not closed", "both quotes on one line");
    }

    private static ConfigurationException Malformed(string file, int line, string what, string allowed) =>
        new($"{file}:{line}: {what}. Allowed: {allowed}.");
}
