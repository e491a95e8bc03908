using System.Collections.Immutable;
using IceCream.Jobs;

namespace IceCream.Execution;

/// <summary>
/// A compiler colours what it says to a terminal, and on a worker there is none. For a job whose words go to one, the colour is asked for
/// by the flag that changes nothing else: neither compiler records it in its objects. (Links and the terminal's width are not imitated.)
/// </summary>
internal sealed class ColourExecutor(IJobExecutor inner) : IJobExecutor
{
    private const string Flag = "-fdiagnostics-color=always";

    /// <summary>What a command says itself about how its diagnostics look.</summary>
    private static readonly string[] Spoken =
        ["-fdiagnostics-color", "-fno-diagnostics-color", "-fcolor-diagnostics", "-fno-color-diagnostics", "-fdiagnostics-format", "-fdiagnostics-plain-output"];

    public ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default) =>
        inner.ExecuteAsync(IsColoured(job) ? job with { CommandLine = job.CommandLine.Insert(1, Flag) } : job, cancellationToken);

    private static bool IsColoured(CompileJob job) =>
        job.IsTerminal
        && Variable(job.Environment, "TERM") is { Length: > 0 } and not "dumb"
        && Variable(job.Environment, "GCC_COLORS") is not ""
        && !(job.Invocation?.Arguments ?? job.CommandLine).Any(static word => Spoken.Any(flag => word.StartsWith(flag, StringComparison.Ordinal)));

    private static string? Variable(ImmutableArray<string> environment, string name) =>
        environment.FirstOrDefault(variable => variable.StartsWith(name + "=", StringComparison.Ordinal))?[(name.Length + 1)..];
}
