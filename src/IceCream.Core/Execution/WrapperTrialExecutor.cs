using System.Collections.Concurrent;
using System.Text;
using System.Text.RegularExpressions;
using IceCream.CommandLine;
using IceCream.Diagnostics;
using IceCream.Jobs;
using IceCream.Processes;
using IceCream.Roots;
using IceCream.Toolchains;
using Microsoft.Extensions.Logging;

namespace IceCream.Execution;

/// <summary>
/// Before the first job of a wrapper leaves, compiles an empty source here and on a worker, each with <c>-v</c>, and compares the objects and the
/// reported command lines: a wrapper may query the machine in ways that cannot be observed. The verdict is remembered for the toolchain.
/// </summary>
/// <param name="inner">Sends jobs to a worker.</param>
/// <param name="probe">Compiles here.</param>
/// <param name="folder">Contains the sources of trials and, temporarily, their objects; created for the first wrapper.</param>
/// <param name="logger">Logs wrappers that behave differently on a worker.</param>
internal sealed partial class WrapperTrialExecutor(IJobExecutor inner, ICompilerProbe probe, RetriedLazy<RootsFolder> folder, ILogger<WrapperTrialExecutor> logger) : IJobExecutor
{
    private readonly ConcurrentDictionary<Digest, Task<Verdict>> _trials = new();

    public async ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default)
    {
        if (job.IsWrapped && await FindReasonToStayAsync(job, cancellationToken).ConfigureAwait(false) is { } reason)
        {
            return CompileResult.Stays(reason, job.Timeline);
        }

        return await inner.ExecuteAsync(job, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<LocalOnlyReason?> FindReasonToStayAsync(CompileJob job, CancellationToken cancellationToken)
    {
        Digest toolchain = job.Toolchain!.Value;
        Task<Verdict> trial = _trials.GetOrAdd(toolchain, _ => Task.Run(() => TryAsync(job), CancellationToken.None));
        Verdict verdict = await trial.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (!verdict.IsLasting)
        {
            _trials.TryRemove(KeyValuePair.Create(toolchain, trial));
        }

        return verdict.Doubt is { } doubt ? new LocalOnlyReason(LocalOnlyKind.Toolchain, $"{job.Compiler} is a wrapper of a compiler, and {doubt}") : null;
    }

    private async Task<Verdict> TryAsync(CompileJob job)
    {
        try
        {
            string? difference = await CompareAsync(job).ConfigureAwait(false);
            if (difference is not null)
            {
                LogDiffers(logger, job.Compiler, difference);
            }

            return new Verdict(difference is null ? null : $"a trial of it on a worker came out otherwise: {difference}", IsLasting: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The wrapper's behaviour is still unknown: the next job tries again.
            return new Verdict($"whether it does the same on a worker could not be tried: {e.Message}", IsLasting: false);
        }
    }

    /// <returns>How the worker's answer differs; null when it is the same.</returns>
    /// <exception cref="IOException">The farm failed, or the compiler cannot be started here.</exception>
    private async Task<string?> CompareAsync(CompileJob job)
    {
        CompileJob trial = TrialOf(job, Path.Combine(folder.Value.Path, $"{job.Toolchain!.Value}-empty"));
        string output = trial.Outputs[0].Path;
        ProbeAnswer here = await probe.AskAsync(job.Compiler, [.. trial.CommandLine.Skip(1)], job.WorkingDirectory, job.Environment).ConfigureAwait(false);
        if (here.ExitCode != 0)
        {
            return $"it fails here already: {here.FirstError}";
        }

        byte[] content = await File.ReadAllBytesAsync(output).ConfigureAwait(false);
        File.Delete(output);
        CompileResult there = await inner.ExecuteAsync(trial).ConfigureAwait(false);
        if (!there.Missing.IsEmpty)
        {
            there = await inner.ExecuteAsync(trial with { FurtherInputs = there.Missing }).ConfigureAwait(false);
        }

        // A farm that went away fails the trial and gives a reason to stay: that is no answer about the wrapper.
        if (there.Failure is { } failure)
        {
            throw new IOException(failure.Message);
        }

        if (there.LocalOnly is { } reason)
        {
            return reason.Detail;
        }

        string? difference = there.ExitCode != 0 || there.Signal != 0 ? $"it ends with {there.ExitCode} there"
            : Difference(here.Errors, Encoding.UTF8.GetString(there.StandardError.Span)) is { } words ? words
            : there.Outputs is not [var written] || !written.Content.ToArray().AsSpan().SequenceEqual(content) ? "its object is another one there"
            : null;

        // What disturbed its sandbox explains a difference; an answer that is the same all the same was not disturbed by it.
        string? trouble = there.Lookups?.Trouble ?? (there.Signal == 0 ? null : $"signal {there.Signal} ended it");
        return difference is not null && trouble is not null ? throw new IOException(trouble) : difference;
    }

    private static CompileJob TrialOf(CompileJob job, string path)
    {
        CompilerInvocation invocation = job.Invocation!;
        CompilerQuestions questions = CompilerQuestions.Of(job, invocation);
        string source = path + (invocation.Language switch
        {
            SourceLanguage.Cxx or SourceLanguage.PreprocessedCxx => ".cc",
            SourceLanguage.ObjectiveC => ".m",
            SourceLanguage.ObjectiveCxx => ".mm",
            SourceLanguage.Assembler or SourceLanguage.AssemblerWithCpp => ".S",
            _ => ".c",
        });
        File.WriteAllText(source, "");
        string[] command = [job.Compiler, .. questions.Flags, "-c", source, "-o", path + ".o"];
        return job with
        {
            // The -v flag does not change the compile. A command that contained it would stay here, so it is not parsed.
            CommandLine = [.. command, "-v"],
            Invocation = CommandLineReader.Read([.. command], invocation.Family, job.WorkingDirectory, static _ => null).Invocation
                ?? invocation with { Arguments = [.. command[1..]], Source = source, Output = path + ".o", Outputs = [path + ".o"] },
            Outputs = [new JobOutput(path + ".o", Exists: false)],
            FurtherInputs = [],
            IsTerminal = false,
        };
    }

    /// <summary>The first line that differs on the worker; null when the lines are the same except for random names.</summary>
    private static string? Difference(string here, string there)
    {
        string[] expected = Lasting(here), seen = Lasting(there);
        return seen.Zip(expected).Where(static pair => pair.First != pair.Second).Select(static pair => $"it says '{pair.First}' there and '{pair.Second}' here").FirstOrDefault()
            ?? (seen.Length == expected.Length ? null : $"{seen.Length} lines in the place of {expected.Length}");
    }

    private static string[] Lasting(string words) => [.. words.Split('\n')
        .Where(static line => !line.StartsWith("GGC heuristics:", StringComparison.Ordinal) && !line.StartsWith("LIBRARY_PATH=", StringComparison.Ordinal))
        .Select(static line => DriverFolder().Replace(TemporaryName().Replace(line, "TEMPORARY"), ""))];

    /// <summary>Matches the folder of the driver: a launcher, which exists only here, starts the compiler by its full path.</summary>
    [GeneratedRegex("(?<=^COLLECT_GCC=)/.*/")]
    private static partial Regex DriverFolder();

    [GeneratedRegex("[^\\s\"'=]*/(cc[A-Za-z0-9]{6}|[0-9a-f]{64}-[0-9a-f]{6})(?=\\.)")]
    private static partial Regex TemporaryName();

    /// <summary>The outcome of a trial.</summary>
    /// <param name="Doubt">Why the wrapper may do otherwise on a worker, as a clause; null when it does the same.</param>
    /// <param name="IsLasting">Whether another trial would have the same outcome.</param>
    private sealed record Verdict(string? Doubt, bool IsLasting);

    [LoggerMessage(EventIds.WrapperDiffers, LogLevel.Information, "Compiles with '{Compiler}' stay here: a trial of this wrapper on a worker came out otherwise: {Difference}.")]
    private static partial void LogDiffers(ILogger logger, string compiler, string difference);
}
