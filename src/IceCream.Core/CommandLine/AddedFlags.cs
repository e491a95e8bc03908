using System.Collections.Immutable;
using IceCream.Jobs;

namespace IceCream.CommandLine;

/// <summary>
/// Judges the flags that a compiler's own files add to every command. The reading of a command does not see them, so none of them may change what it
/// says: whether the command may leave, and which files it writes.
/// </summary>
internal static class AddedFlags
{
    private const string Source = "a.c";

    /// <summary>Commands that show what a flag changes. Some flags only name the dependency file of a command that writes one.</summary>
    private static readonly ImmutableArray<string>[] Commands = [["-c"], ["-c", "-MD"]];

    /// <summary>
    /// The first flag with which a command would stay on its machine, write other files, or have a source in another language; null when there is none.
    /// Words without a row in the table of flags are skipped.
    /// </summary>
    public static string? FirstBinding(IEnumerable<string> words, CompilerFamily family)
    {
        FlagUse[] uses = [.. CompilerFlags.In(words)];
        foreach (ImmutableArray<string> command in Commands)
        {
            CommandLineReading reading = Read(uses, command, family);
            if (reading.LocalOnly is { } reason)
            {
                return reason.Detail;
            }

            CompilerInvocation plain = Read([], command, family).Invocation!;
            if (!SaysTheSame(reading, plain))
            {
                FlagUse changing = Array.Find(uses, use => !SaysTheSame(Read([use], command, family), plain));
                return changing.Word ?? uses[^1].Word;
            }
        }

        return null;
    }

    private static bool SaysTheSame(CommandLineReading reading, CompilerInvocation plain) =>
        reading.Invocation is { } read && read.Language == plain.Language && read.Outputs.SequenceEqual(plain.Outputs);

    private static CommandLineReading Read(IEnumerable<FlagUse> uses, ImmutableArray<string> command, CompilerFamily family) =>
        CommandLineReader.Read(
            [family == CompilerFamily.Clang ? "clang" : "gcc", .. command, .. uses.SelectMany(static use => use.Words), Source], family, "/", static _ => null);
}
