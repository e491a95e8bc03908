using System.Collections.Immutable;

namespace IceCream.CommandLine;

/// <summary>Recognises words that make a command read from a stream or write to one: a process at the other end may be waiting for it.</summary>
internal static class StreamWords
{
    /// <summary>The null device: an empty input file that is the same on every machine, and an output that is discarded.</summary>
    public const string Nothing = "/dev/null";

    private const string Output = "-o", LongOutput = "--output=";

    /// <summary>Whether a file's name stands for a file descriptor that the command inherited.</summary>
    public static bool IsStream(string name) =>
        name is "-" or "/dev/stdin" or "/dev/stdout" or "/dev/stderr" or "/dev/tty"
        || name.StartsWith("/dev/fd/", StringComparison.Ordinal) || name.StartsWith("/proc/self/fd/", StringComparison.Ordinal);

    /// <summary>Whether a command names a stream, or prints its result because it names no output.</summary>
    /// <param name="commandLine">As typed, beginning with the program's name.</param>
    public static bool In(ImmutableArray<string> commandLine)
    {
        bool prints = false, hasOutput = false;
        foreach (string word in commandLine.AsSpan()[1..])
        {
            if (IsStream(WithoutMark(word)) || (OutputIn(word) is { } output && IsStream(output)))
            {
                return true;
            }

            prints |= word is "-E" or "-M" or "-MM" or "--preprocess" or "--dependencies" or "--user-dependencies";
            hasOutput |= word == "--output" || OutputIn(word) is not null;
        }

        return prints && !hasOutput;
    }

    /// <summary>The files that a command may name: its words without a dash, response files, and the text that follows <c>-o</c> within a word.</summary>
    public static IEnumerable<string> Files(ImmutableArray<string> commandLine) => commandLine.Skip(1)
        .Select(static word => OutputIn(word) ?? WithoutMark(word))
        .Where(static word => word is not ("" or ['-', ..]));

    /// <summary>What follows the flag of the output within a word; null when the word is no such flag.</summary>
    private static string? OutputIn(string word) =>
        word.StartsWith(Output, StringComparison.Ordinal) ? word[Output.Length..]
        : word.StartsWith(LongOutput, StringComparison.Ordinal) ? word[LongOutput.Length..]
        : null;

    /// <summary>The file that a word names as a response file; any other word as it is.</summary>
    private static string WithoutMark(string word) => word.StartsWith('@') ? word[1..] : word;
}
