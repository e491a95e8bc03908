using IceCream.Clients;
using IceCream.Diagnostics;
using IceCream.Inputs;
using IceCream.Jobs;
using Microsoft.Extensions.Logging;

namespace IceCream.Execution;

/// <summary>
/// Recompiles one in a number of jobs on this machine and compares the bytes, to detect a worker that is malicious or has broken memory. Such a
/// worker gets no more jobs for a time, and the job is compiled here.
/// </summary>
/// <param name="here">Compiles on this machine, and writes the outputs in place as a compiler does.</param>
/// <param name="every">One in this many jobs is audited, chosen at random.</param>
/// <param name="chance">The random source.</param>
/// <param name="leases">Quarantines a worker.</param>
/// <param name="logger">Logs the outcome.</param>
internal sealed partial class Auditor(IJobExecutor here, int every, Random chance, LeasePool leases, ILogger<Auditor> logger)
{
    private readonly ILogger _logger = logger;
    private readonly Lock _lock = new();

    /// <summary>Audits a result that is otherwise valid.</summary>
    /// <param name="job">The job, with its inputs.</param>
    /// <param name="result">The worker's result.</param>
    /// <param name="cancellationToken">Ends the compile.</param>
    /// <returns>The result; or a failure of its worker, whose remedy is to compile here.</returns>
    public async ValueTask<CompileResult> AuditAsync(CompileJob job, CompileResult result, CancellationToken cancellationToken)
    {
        // Two compiles never run at the same time, so results that contain the time differ anyway.
        if (result is not { ExitCode: 0 or 1, Signal: 0 } || job.Outputs.IsEmpty || !IsChosen() || TimeMacros.AreNamed(job.CommandLine, job.Inputs!.Files))
        {
            return result;
        }

        if (await CompareAsync(job, result, cancellationToken).ConfigureAwait(false) is not { } difference)
        {
            LogAgrees(result.Worker, job.Outputs[0].Path);
            return result;
        }

        // A compiler that does not produce the same bytes twice proves nothing.
        Dictionary<string, byte[]> first = ReadOutputs(job);
        await here.ExecuteAsync(job, cancellationToken).ConfigureAwait(false);
        Dictionary<string, byte[]> second = ReadOutputs(job);
        if (first.FirstOrDefault(output => !second.TryGetValue(output.Key, out byte[]? again) || !again.AsSpan().SequenceEqual(output.Value)).Key is { } unsteady)
        {
            LogUnsteady(job.Outputs[0].Path, unsteady);
            return result;
        }

        if (FindChanged(job) is { } changed)
        {
            LogUnsteady(job.Outputs[0].Path, $"{changed} has changed meanwhile");
            return result;
        }

        leases.Quarantine(result.Worker);
        LogDiffers(result.Worker, LeaseState.QuarantineAfterWrongResult, difference);
        return CompileResult.Failed(
            new JobFailure(FailedParty.Worker, JobStep.Compile, FailureRemedy.CompileHere, $"an audit found that worker '{result.Worker}' gives {difference}"), result.Timeline);
    }

    private bool IsChosen()
    {
        lock (_lock)
        {
            return chance.Next(every) == 0;
        }
    }

    /// <returns>The difference; null when there is none.</returns>
    private async ValueTask<string?> CompareAsync(CompileJob job, CompileResult result, CancellationToken cancellationToken)
    {
        CompileResult own = await here.ExecuteAsync(job, cancellationToken).ConfigureAwait(false);
        if (own.ExitCode != result.ExitCode)
        {
            return $"exit code {result.ExitCode} where {own.ExitCode} is right";
        }

        foreach (OutputFile output in result.Outputs)
        {
            if (!AreSame(output.Content, output.Path))
            {
                return $"other bytes for {output.Path}";
            }
        }

        return null;
    }

    [LoggerMessage(EventIds.AuditAgrees, LogLevel.Debug, "An audit agrees with worker '{Worker}' on {Output}.")]
    private partial void LogAgrees(string worker, string output);

    [LoggerMessage(EventIds.AuditDiffers, LogLevel.Error,
        "Worker '{Worker}' gets no jobs for {Time}: an audit found {Difference}. What it has compiled before may be wrong as well: look at its memory, and at who runs it.")]
    private partial void LogDiffers(string worker, TimeSpan time, string difference);

    [LoggerMessage(EventIds.AuditUnsteady, LogLevel.Information, "An audit of {Output} proves nothing: two compiles on this machine differ as well, or are of other files ({Difference}).")]
    private partial void LogUnsteady(string output, string difference);

    /// <summary>The first input whose content has changed since it was sent: the worker then compiled something else.</summary>
    private static string? FindChanged(CompileJob job)
    {
        foreach (TreeFile file in job.Inputs!.Files)
        {
            try
            {
                if (Digest.Of(File.ReadAllBytes(file.Path)) != file.Digest)
                {
                    return file.Path;
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return file.Path;
            }
        }

        return null;
    }

    private static Dictionary<string, byte[]> ReadOutputs(CompileJob job)
    {
        var outputs = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (JobOutput output in job.Outputs)
        {
            try
            {
                outputs[output.Path] = File.ReadAllBytes(output.Path);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Not every compile writes all its possible outputs.
            }
        }

        return outputs;
    }

    private static bool AreSame(OutputContent content, string path)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            if (file.Length != content.Length)
            {
                return false;
            }

            byte[] one = new byte[64 << 10], other = new byte[64 << 10];
            for (long at = 0; at < content.Length; at += one.Length)
            {
                int length = (int)Math.Min(one.Length, content.Length - at);
                file.ReadExactly(other, 0, length);
                if (content.Read(at, one.AsSpan(0, length)) != length || !one.AsSpan(0, length).SequenceEqual(other.AsSpan(0, length)))
                {
                    return false;
                }
            }

            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A file that cannot be read here counts as missing.
            return false;
        }
    }
}
