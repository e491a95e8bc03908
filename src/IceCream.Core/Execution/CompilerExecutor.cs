using System.Collections.Concurrent;
using IceCream.Diagnostics;
using IceCream.Jobs;
using IceCream.Sandboxing;
using IceCream.Storage;
using IceCream.Wire;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace IceCream.Execution;

/// <summary>
/// The worker's end of the road: builds a root in which toolchain and inputs lie at their own paths, runs the unmodified command in it,
/// and takes every file that it wrote.
/// </summary>
/// <param name="store">Holds the blobs.</param>
/// <param name="roots">Builds the roots.</param>
/// <param name="sandbox">Runs the commands.</param>
/// <param name="niceness">Added to that of this process, 0 to 19.</param>
/// <param name="time">Measures the stretches of the road.</param>
/// <param name="logger">Where trouble with roots is noted.</param>
internal sealed partial class CompilerExecutor(
    IBlobStore store, RootBuilder roots, ISandbox sandbox, int niceness, TimeProvider time, ILogger<CompilerExecutor>? logger = null)
    : IJobExecutor
{
    private readonly ConcurrentDictionary<Digest, Toolchain> _toolchains = new();
    private readonly ILogger _logger = logger ?? NullLogger<CompilerExecutor>.Instance;

    /// <summary>Gives compilers their memory from now on; null: they have it as they ask for it.</summary>
    public HugePages? HugePages { get; set; }

    /// <inheritdoc/>
    public async ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default)
    {
        JobTimeline timeline = job.Timeline;
        long since = time.GetTimestamp();
        JobStep step = JobStep.Prepare;
        JobRoot? root = null;
        bool ended = false;
        try
        {
            (root, string? lack) = Prepare(job, cancellationToken);
            if (root is null)
            {
                return Failed(step, FailureRemedy.AnotherWorker, lack!, timeline);
            }

            Pass(JobStep.Compile);
            SandboxOutcome outcome = await sandbox.RunAsync(CommandFor(job, root), cancellationToken).ConfigureAwait(false);
            if (outcome.LimitReached is { } limit)
            {
                return Failed(step, FailureRemedy.CompileHere, $"The compile was ended: {limit}", timeline);
            }

            ended = true;
            Pass(JobStep.Collect);
            CollectedOutputs outputs = root.Collect(cancellationToken);
            Pass(JobStep.Collect);
            return new CompileResult
            {
                Place = JobPlace.Remote,
                ExitCode = outcome.ExitCode,
                Signal = outcome.Signal,
                StandardOutput = outcome.StandardOutput,
                StandardError = outcome.StandardError,
                Outputs = outputs.Files,
                Removed = outputs.Removed,
                Timeline = timeline,
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SandboxException)
        {
            return Failed(step, FailureRemedy.AnotherWorker, e.Message, timeline);
        }
        catch (Exception e) when (e is InvalidDataException or WireFormatException)
        {
            // Trees that make no root make none elsewhere either.
            return Failed(step, FailureRemedy.CompileHere, e.Message, timeline);
        }
        finally
        {
            Part(root, ended);
        }

        void Pass(JobStep next)
        {
            timeline = timeline.With(step, time.GetElapsedTime(since));
            since = time.GetTimestamp();
            step = next;
        }
    }

    private (JobRoot? Root, string? Lack) Prepare(CompileJob job, CancellationToken cancellationToken)
    {
        if (job.Toolchain is not { } digest || job.Inputs is not { } inputs)
        {
            throw new ArgumentException("The toolchain and the inputs of the job are not known.", nameof(job));
        }

        if (!_toolchains.TryGetValue(digest, out Toolchain? toolchain))
        {
            if (store.TryRead(digest) is not { } encoded)
            {
                return (null, $"The toolchain {digest} is not here.");
            }

            FileTree tree = FileTreeCodec.Decode(encoded);
            toolchain = _toolchains.GetOrAdd(digest, new Toolchain(tree, Sandboxing.HugePages.Suit(tree)));
        }

        RootBuild build = roots.Build(new RootContents(toolchain.Tree, inputs, job.Outputs, job.WorkingDirectory, job.Umask), cancellationToken);
        return (build.Root, build.Root is null ? $"{build.Missing.Length} blobs of the job are not here any more." : null);
    }

    private SandboxCommand CommandFor(CompileJob job, JobRoot root)
    {
        // The compiler writes PWD into debug information when it leads to the working directory, links and all.
        string? told = job.Environment.FirstOrDefault(static variable => variable.StartsWith("PWD=", StringComparison.Ordinal))?[4..];
        var command = new SandboxCommand
        {
            Root = root.Root,
            Mounts = root.Mounts,
            CommandLine = job.CommandLine,
            WorkingDirectory = told is not null && root.LeadsTo(told, job.WorkingDirectory) ? told : job.WorkingDirectory,
            Environment = [.. job.Environment.Where(static variable => !variable.StartsWith("TMPDIR=", StringComparison.Ordinal)), "TMPDIR=" + RootPlan.TemporaryFolder],
            Umask = job.Umask,
            Niceness = niceness,
        };
        return HugePages is { } pages && _toolchains[job.Toolchain!.Value].SuitsHugePages ? pages.GiveTo(command) : command;
    }

    private void Part(JobRoot? root, bool ended)
    {
        try
        {
            // A compile that had to be killed may be on its way out still: nobody else gets its root.
            if (ended)
            {
                root?.Leave();
            }
            else
            {
                root?.Delete();
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The job is done all the same; what stays behind costs space only, and is told.
            LogRootStays(_logger, root!.Root, e.Message);
        }
    }

    private static CompileResult Failed(JobStep step, FailureRemedy remedy, string message, JobTimeline timeline) =>
        CompileResult.Failed(new JobFailure(FailedParty.Worker, step, remedy, message), timeline);

    private sealed record Toolchain(FileTree Tree, bool SuitsHugePages);

    [LoggerMessage(EventIds.RootStays, LogLevel.Warning, "The root '{Root}' of a finished job could not be removed: {Reason}. Remove it when the daemon is stopped.")]
    private static partial void LogRootStays(ILogger logger, string root, string reason);
}
