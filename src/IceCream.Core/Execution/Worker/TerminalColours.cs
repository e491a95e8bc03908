using System.Collections.Immutable;
using IceCream.CommandLine;
using IceCream.Jobs;

namespace IceCream.Execution.Worker;

/// <summary>
/// Colours for a terminal at the origin, where a compiler cannot be made to take a worker's pipe for one: they are asked for by a flag. GCC
/// leaves it out of its objects; Clang has it in those that record their command line, and then the words stay plain.
/// </summary>
internal static class TerminalColours
{
    private const string Flag = "-fdiagnostics-color=always";

    /// <summary>The command of a job, with its colours asked for when it is for a terminal.</summary>
    public static ImmutableArray<string> AskFor(CompileJob job) => IsColoured(job) ? job.CommandLine.Insert(1, Flag) : job.CommandLine;

    private static bool IsColoured(CompileJob job) =>
        job.IsTerminal
        && Variable(job.Environment, "TERM") is { Length: > 0 } and not "dumb"
        && Variable(job.Environment, "GCC_COLORS") is not ""
        && CompilerFlags.FirstWith(FlagTraits.StylesDiagnostics | FlagTraits.RecordsCommand, job.CommandLine.Skip(1)) is null;

    private static string? Variable(ImmutableArray<string> environment, string name) =>
        environment.FirstOrDefault(variable => variable.StartsWith(name + "=", StringComparison.Ordinal))?[(name.Length + 1)..];
}
