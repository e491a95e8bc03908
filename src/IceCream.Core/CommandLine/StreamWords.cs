using System.Collections.Immutable;

namespace IceCream.CommandLine;

/// <summary>Which words of a command mean that it reads from a stream, or writes its result to one: whoever is at the other end may be waiting too.</summary>
internal static class StreamWords
{
    /// <summary>The device that holds nothing and keeps nothing: a file without a word to whoever includes it, the same on every machine.</summary>
    public const string Nothing = "/dev/null";

    private const string Output = "-o";

    /// <summary>Whether a file's name stands for a descriptor that the command was started with.</summary>
    public static bool IsStream(string name) =>
        name is "-" or "/dev/stdin" or "/dev/stdout" or "/dev/stderr" or "/dev/tty"
        || name.StartsWith("/dev/fd/", StringComparison.Ordinal) || name.StartsWith("/proc/self/fd/", StringComparison.Ordinal);

    /// <summary>Whether a command names one, or prints what it makes because it names no output.</summary>
    /// <param name="commandLine">As typed, the program's name first.</param>
    public static bool In(ImmutableArray<string> commandLine)
    {
        bool prints = false, hasOutput = false;
        foreach (string word in commandLine.AsSpan()[1..])
        {
            if (IsStream(word) || (word.StartsWith(Output, StringComparison.Ordinal) && IsStream(word[Output.Length..])))
            {
                return true;
            }

            prints |= word is "-E" or "-M" or "-MM" or "--preprocess";
            hasOutput |= word.StartsWith(Output, StringComparison.Ordinal);
        }

        return prints && !hasOutput;
    }

    /// <summary>The files that a command may name: its words without a dash, and what follows <c>-o</c> within the word.</summary>
    public static IEnumerable<string> Files(ImmutableArray<string> commandLine) => commandLine.Skip(1)
        .Select(static word => word.StartsWith(Output, StringComparison.Ordinal) ? word[Output.Length..] : word)
        .Where(static word => word is not ("" or ['-', ..] or ['@', ..]));
}
