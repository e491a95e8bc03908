using IceCream.Clients;
using IceCream.Diagnostics;
using IceCream.Inputs;
using IceCream.Jobs;
using Microsoft.Extensions.Logging;

namespace IceCream.Execution;

/// <summary>
/// Compiles one job in so many again, on this machine, and compares bytes: a worker that lies, or whose memory is broken, is found out so. It gets no
/// more jobs for a time, and the job is done here.
/// </summary>
/// <param name="farm">Has a worker do the job.</param>
/// <param name="here">Does it on this machine, and writes the outputs in their place as a compiler does.</param>
/// <param name="every">Which share of jobs: one in so many, by chance.</param>
/// <param name="chance">Which of them.</param>
/// <param name="leases">Told of a worker that gets no more jobs.</param>
/// <param name="logger">Where the worker is named.</param>
internal sealed partial class AuditExecutor(
    IJobExecutor farm, IJobExecutor here, int every, Random chance, LeasePool leases, ILogger<AuditExecutor> logger) : IJobExecutor
{
    private readonly ILogger _logger = logger;
    private readonly Lock _lock = new();

    public async ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default)
    {
        CompileResult result = await farm.ExecuteAsync(job, cancellationToken).ConfigureAwait(false);
        if (result is not { Place: JobPlace.Remote, IsCompilers: true, ExitCode: 0, Lookups: not { Objection: not null } } || !IsChosen() || TellsTime(job))
        {
            return result;
        }

        if (await CompareAsync(job, result, cancellationToken).ConfigureAwait(false) is not { } difference)
        {
            LogAgrees(result.Worker, job.Outputs[0].Path);
            return result;
        }

        // A compiler that does not give the same bytes twice proves nothing.
        using var first = new OutputsKept(job);
        if (await first.CompareAsync(here, job, cancellationToken).ConfigureAwait(false) is { } own)
        {
            LogUnsteady(job.Outputs[0].Path, own);
            return result;
        }

        leases.Quarantine(result.Worker);
        LogDiffers(result.Worker, LeasePool.Quarantined, difference);
        result.Discard();
        return CompileResult.Failed(
            new JobFailure(FailedParty.Worker, JobStep.Compile, FailureRemedy.CompileHere, $"An audit found that worker '{result.Worker}' gives {difference}."), result.Timeline);
    }

    /// <summary>The time of two compiles is never the same.</summary>
    private static bool TellsTime(CompileJob job) => job.Inputs is null || job.Outputs.IsEmpty || TimeMacros.AreNamed(job.CommandLine, job.Inputs.Files);

    private bool IsChosen()
    {
        lock (_lock)
        {
            return chance.Next(every) == 0;
        }
    }

    /// <returns>What differs; null when nothing does.</returns>
    private async ValueTask<string?> CompareAsync(CompileJob job, CompileResult result, CancellationToken cancellationToken)
    {
        CompileResult own = await here.ExecuteAsync(job, cancellationToken).ConfigureAwait(false);
        if (own.ExitCode != result.ExitCode)
        {
            return $"exit code {result.ExitCode} where {own.ExitCode} is right";
        }

        foreach (OutputFile output in result.Outputs)
        {
            if (!SameBytes.Are(output.Content, output.Path))
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

    [LoggerMessage(EventIds.AuditUnsteady, LogLevel.Information, "An audit of {Output} proves nothing: two compiles on this machine differ as well ({Difference}).")]
    private partial void LogUnsteady(string output, string difference);

    /// <summary>What a compile on this machine wrote, kept while it is compiled once more.</summary>
    private sealed class OutputsKept : IDisposable
    {
        private readonly List<OutputFile> _files = [];

        public OutputsKept(CompileJob job)
        {
            foreach (JobOutput output in job.Outputs)
            {
                if (SameBytes.TryRead(output.Path) is { } bytes)
                {
                    _files.Add(new OutputFile(output.Path, 0, OutputContent.Of(bytes)));
                }
            }
        }

        public async ValueTask<string?> CompareAsync(IJobExecutor here, CompileJob job, CancellationToken cancellationToken)
        {
            await here.ExecuteAsync(job, cancellationToken).ConfigureAwait(false);
            return _files.Find(static file => !SameBytes.Are(file.Content, file.Path))?.Path;
        }

        public void Dispose()
        {
            foreach (OutputFile file in _files)
            {
                file.Content.Dispose();
            }
        }
    }

    private static class SameBytes
    {
        public static byte[]? TryRead(string path)
        {
            try
            {
                return File.ReadAllBytes(path);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return null;
            }
        }

        public static bool Are(OutputContent content, string path)
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
                // What cannot be read here was not written here.
                return false;
            }
        }
    }
}
