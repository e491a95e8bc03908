using System.Collections.Immutable;
using IceCream.Jobs;

namespace IceCream.Execution.Worker;

/// <summary>
/// Colours for a terminal at the origin, where a compiler cannot be made to take a worker's pipe for one: they are asked for by a flag. GCC
/// leaves it out of its objects; Clang has it in those that record their command line, and then the words stay plain.
/// </summary>
internal static class TerminalColours
{
    private const string Flag = "-fdiagnostics-color=always";

    /// <summary>What a command says itself about how its diagnostics look, and flags by which an object would show that another was there.</summary>
    private static readonly string[] Spoken =
        ["-fdiagnostics-color", "-fno-diagnostics-color", "-fcolor-diagnostics", "-fno-color-diagnostics", "-fdiagnostics-format", "-fdiagnostics-plain-output",
         "-frecord-command-line", "-grecord-command-line", "-frecord-gcc-switches", "-grecord-gcc-switches"];

    /// <summary>The command of a job, with its colours asked for when it is for a terminal.</summary>
    public static ImmutableArray<string> AskFor(CompileJob job) => IsColoured(job) ? job.CommandLine.Insert(1, Flag) : job.CommandLine;

    private static bool IsColoured(CompileJob job) =>
        job.IsTerminal
        && Variable(job.Environment, "TERM") is { Length: > 0 } and not "dumb"
        && Variable(job.Environment, "GCC_COLORS") is not ""
        && !job.CommandLine.Any(static word => Spoken.Any(flag => word.StartsWith(flag, StringComparison.Ordinal)));

    private static string? Variable(ImmutableArray<string> environment, string name) =>
        environment.FirstOrDefault(variable => variable.StartsWith(name + "=", StringComparison.Ordinal))?[(name.Length + 1)..];
}
