using System.Collections.Immutable;
using IceCream.CommandLine;
using IceCream.Jobs;

namespace IceCream.Execution.Worker;

/// <summary>
/// Requests colours by a flag for a terminal at the origin, where a compiler cannot be made to treat a worker's pipe as a terminal. GCC does not
/// record the flag in objects. Clang does in objects that record their command line; there the messages stay plain.
/// </summary>
internal static class TerminalColours
{
    private const string Flag = "-fdiagnostics-color=always";

    /// <summary>The command of a job, with a colour flag when it has a terminal.</summary>
    public static ImmutableArray<string> AskFor(CompileJob job) => IsColoured(job) ? job.CommandLine.Insert(1, Flag) : job.CommandLine;

    private static bool IsColoured(CompileJob job) =>
        job.IsTerminal
        && Variable(job.Environment, "TERM") is { Length: > 0 } and not "dumb"
        && Variable(job.Environment, "GCC_COLORS") is not ""
        && CompilerFlags.FirstWith(FlagTraits.StylesDiagnostics | FlagTraits.RecordsCommand, job.CommandLine.Skip(1)) is null;

    private static string? Variable(ImmutableArray<string> environment, string name) =>
        environment.FirstOrDefault(variable => variable.StartsWith(name + "=", StringComparison.Ordinal))?[(name.Length + 1)..];
}
