using System.Buffers;
using System.Collections.Immutable;
using System.Text;

namespace IceCream.Caching;

/// <summary>
/// Replaces a folder in the paths of a dependency file. Compilers break lines by the length of paths, so the rule is rewritten with the compiler's
/// own line breaking: in every known style that reproduces the original, and only when all of them give the same text.
/// </summary>
internal static class DependencyText
{
    private const string Break = " \\\n";

    /// <summary>Characters that are quoted in a name, by rules that differ between compilers.</summary>
    private static readonly SearchValues<char> Quoted = SearchValues.Create("\\$#\t\r"), NotInFolders = SearchValues.Create(" \\$#:\t\r\n");

    private delegate string Style(ImmutableArray<string> targets, ImmutableArray<string> prerequisites);

    private static readonly Style[] Styles = [OfGcc, OfOlderGcc, OfClang];

    /// <summary>The text that the compiler would have written with another folder.</summary>
    /// <param name="text">The text that it wrote.</param>
    /// <param name="from">The folder in it, absolute.</param>
    /// <param name="to">The other folder, absolute.</param>
    /// <returns>Null when the result is in doubt.</returns>
    public static string? Move(string text, string from, string to)
    {
        int end = EndOfRule(text);
        if (end < 0 || from.AsSpan().ContainsAny(NotInFolders) || to.AsSpan().ContainsAny(NotInFolders) || text.Replace(Break, "", StringComparison.Ordinal).AsSpan().ContainsAny(Quoted))
        {
            return null;
        }

        string[] words = text[..end].Replace(Break, " ", StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        int colon = Array.FindIndex(words, static word => word.EndsWith(':'));
        if (colon < 0)
        {
            return null;
        }

        words[colon] = words[colon][..^1];
        string[] lines = text[(end + 1)..].Split('\n');
        if (MoveAll(words, from, to) is not { } movedWords || MoveAll(lines, from, to) is not { } movedLines)
        {
            return null;
        }

        string[] possible = [.. Styles.Where(style => style([.. words[..(colon + 1)]], [.. words[(colon + 1)..]]) == text[..(end + 1)])
            .Select(style => style([.. movedWords[..(colon + 1)]], [.. movedWords[(colon + 1)..]])).Distinct(StringComparer.Ordinal)];
        return possible.Length == 1 ? possible[0] + string.Join('\n', movedLines) : null;
    }

    /// <summary>A path with a folder replaced; unchanged when it is not in the folder, and null when it contains the folder in another way.</summary>
    public static string? MovePath(string path, string from, string to) =>
        path.StartsWith(from, StringComparison.Ordinal) && (path.Length == from.Length || path[from.Length] == '/') && !path[from.Length..].Contains(from, StringComparison.Ordinal)
            ? to + path[from.Length..]
            : path.Contains(from, StringComparison.Ordinal) ? null : path;

    private static string[]? MoveAll(string[] paths, string from, string to)
    {
        string?[] moved = [.. paths.Select(path => path.EndsWith(':') ? MovePath(path[..^1], from, to) is { } target ? target + ":" : null : MovePath(path, from, to))];
        return moved.Contains(null) ? null : [.. moved.OfType<string>()];
    }

    /// <summary>The end of the first rule: of the first line that is not continued.</summary>
    private static int EndOfRule(string text)
    {
        int end = text.IndexOf('\n', StringComparison.Ordinal);
        while (end > 0 && text[end - 1] == '\\')
        {
            end = text.IndexOf('\n', end + 1);
        }

        return end;
    }

    private static string OfGcc(ImmutableArray<string> targets, ImmutableArray<string> prerequisites)
    {
        var text = new StringBuilder();
        int column = 0;
        targets.ToList().ForEach(Add);
        text.Append(':');
        column++;
        prerequisites.ToList().ForEach(Add);
        return text.Append('\n').ToString();

        void Add(string name)
        {
            const int Most = 72;
            if (column > 0)
            {
                bool breaks = column + name.Length > Most;
                text.Append(breaks ? Break + " " : " ");
                column = (breaks ? 0 : column) + 1;
            }

            column += name.Length;
            text.Append(name);
        }
    }

    private static string OfOlderGcc(ImmutableArray<string> targets, ImmutableArray<string> prerequisites)
    {
        var text = new StringBuilder();
        int column = 0;
        foreach ((int index, string target) in targets.Index())
        {
            Add(target, index > 0);
        }

        text.Append(':');
        column++;
        foreach (string prerequisite in prerequisites)
        {
            Add(prerequisite, true);
        }

        return text.Append('\n').ToString();

        void Add(string name, bool follows)
        {
            const int Most = 72;
            column += name.Length;
            bool breaks = follows && column > Most;
            text.Append(breaks ? Break + " " : follows ? " " : "").Append(name);
            column = breaks ? 1 + name.Length : follows ? column + 1 : column;
        }
    }

    private static string OfClang(ImmutableArray<string> targets, ImmutableArray<string> prerequisites)
    {
        const int Most = 75;
        var text = new StringBuilder();
        int column = 0;
        foreach (string target in targets)
        {
            bool breaks = column > 0 && column + target.Length + 2 > Most;
            text.Append(breaks ? Break + "  " : column > 0 ? " " : "").Append(target);
            column = breaks ? target.Length + 2 : column + target.Length + (column > 0 ? 1 : 0);
        }

        text.Append(':');
        column++;
        foreach (string prerequisite in prerequisites)
        {
            if (column + prerequisite.Length + 1 + 2 > Most)
            {
                text.Append(Break);
                column = 2;
                text.Append(' ');
            }

            text.Append(' ').Append(prerequisite);
            column += prerequisite.Length + 1;
        }

        return text.Append('\n').ToString();
    }
}
