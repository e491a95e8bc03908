using IceCream.Diagnostics;
using IceCream.Jobs;
using IceCream.Roots;
using IceCream.Sandboxing;
using IceCream.Sandboxing.Observation;
using IceCream.Storage;
using IceCream.Toolchains;
using IceCream.Wire;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace IceCream.Execution.Worker;

/// <summary>
/// The last executor on a worker: builds a root with toolchain and inputs at their own paths, runs the unmodified command in it, and collects every
/// file that it wrote.
/// </summary>
/// <param name="store">The store of the blobs.</param>
/// <param name="roots">Builds the roots.</param>
/// <param name="sandbox">Runs the commands.</param>
/// <param name="observer">Observes the lookups of compilers; null: no observation.</param>
/// <param name="hugePages">Whether compilers use huge pages.</param>
/// <param name="niceness">The increment to this process's niceness, 0 to 19.</param>
/// <param name="time">Measures the steps.</param>
/// <param name="logger">Logs problems with roots.</param>
internal sealed partial class CompilerExecutor(
    IBlobStore store, RootBuilder roots, ISandbox sandbox, Observer? observer, bool hugePages, int niceness, TimeProvider time, ILogger<CompilerExecutor>? logger = null)
    : IJobExecutor
{
    /// <summary>The free disk space, in bytes, below which a failed compile may have failed for lack of it: its files are removed by now.</summary>
    private const long LittleSpace = 256L << 20;

    /// <summary>The most files, links and folders of cached toolchains that no job uses: enough for some dozens of compilers.</summary>
    private const long Kept = 256 << 10;

    private readonly RecentlyUsed<Digest, Toolchain> _toolchains = new(Kept, static toolchain => toolchain.Tree.Count);
    private readonly ILogger _logger = logger ?? NullLogger<CompilerExecutor>.Instance;

    /// <summary>The names of the toolchains that are available without a transfer: those that jobs have used since the start, as far as the cache holds them.</summary>
    public IReadOnlyList<string> Toolchains => [.. _toolchains.Values().Select(static toolchain => toolchain.Name).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <inheritdoc/>
    public async ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default)
    {
        JobTimeline timeline = job.Timeline;
        long since = time.GetTimestamp();
        JobStep step = JobStep.Prepare;
        JobRoot? root = null;
        RecentlyUsed<Digest, Toolchain>.Holding? toolchain = null;
        bool ended = false, isOver = false;
        try
        {
            toolchain = HoldToolchain(job);
            if (toolchain is null)
            {
                return Failed(step, FailureRemedy.AnotherWorker, $"The toolchain {job.Toolchain} is not here.", timeline);
            }

            RootBuild build = roots.Build(new RootContents(toolchain.Value.Tree, job.Inputs!, job.Outputs, job.WorkingDirectory, job.Umask), cancellationToken);
            root = build.Root;
            if (root is null)
            {
                return Failed(step, FailureRemedy.AnotherWorker, $"{build.Missing.Length} blobs of the job are not here any more.", timeline);
            }

            Pass(JobStep.Compile);
            long started = time.GetTimestamp();
            SandboxOutcome outcome = await sandbox.RunAsync(CommandFor(job, root, toolchain.Value), cancellationToken).ConfigureAwait(false);
            var usage = new JobUsage(outcome.Lookups?.Cpu ?? TimeSpan.Zero, time.GetElapsedTime(started), outcome.Lookups?.PeakMemory ?? 0);
            if (outcome.LimitReached is { } limit)
            {
                return Failed(step, FailureRemedy.CompileHere, $"The compile was ended: {limit}", timeline);
            }

            if (outcome.ExitCode != 0 && MemoryShortage.Shows(outcome))
            {
                return Failed(step, FailureRemedy.MoreMemory, MemoryShortage.Words(outcome), timeline) with { Usage = usage };
            }

            ended = true;

            // The supervisor of an observed compile ends when nothing of it runs any more. Otherwise only the compiler itself is known to have ended.
            isOver = outcome.Lookups is not null;
            Pass(JobStep.Collect);
            CollectedOutputs outputs = root.Collect(cancellationToken);
            ObservedLookups? lookups = Summarize(job, root, outcome);
            if (FindObjection(outputs, job, outcome.ExitCode) is { } objection)
            {
                if (lookups is null)
                {
                    return Failed(step, FailureRemedy.CompileHere, $"The result is of no use: {objection}.", timeline);
                }

                lookups = lookups with { Objection = lookups.Objection ?? objection };
            }

            Pass(JobStep.Collect);
            return new CompileResult
            {
                Place = JobPlace.Remote,
                ExitCode = outcome.ExitCode,
                Signal = outcome.Signal,
                StandardOutput = TemporaryNames.AsAtHome(outcome.StandardOutput, job),
                StandardError = TemporaryNames.AsAtHome(outcome.StandardError, job),
                Outputs = outputs.Files,
                Removed = outputs.Removed,
                Lookups = lookups,
                Usage = usage,
                Timeline = timeline,
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SandboxException)
        {
            return Failed(step, FailureRemedy.AnotherWorker, e.Message, timeline);
        }
        catch (Exception e) when (e is InvalidDataException or WireFormatException)
        {
            // Another worker could not build a root of these trees either, and a compile's outputs do not depend on the worker.
            return Failed(step, FailureRemedy.CompileHere, e.Message, timeline);
        }
        finally
        {
            Part(root, ended, isOver);
            toolchain?.Dispose();
        }

        void Pass(JobStep next)
        {
            timeline = timeline.With(step, time.GetElapsedTime(since));
            since = time.GetTimestamp();
            step = next;
        }
    }

    /// <summary>Why a result does not match the announced outputs. Clang exits successfully for a source that it takes for linker input, and creates nothing.</summary>
    private static string? FindObjection(CollectedOutputs outputs, CompileJob job, int exitCode) =>
        outputs.Unannounced is { } made ? $"it makes {made}, which no flag names"
        : outputs.Lost is { } lost ? $"it removes {lost}, which no flag names"
        : exitCode == 0 && !job.Outputs.IsEmpty && outputs.Files.All(file => file.Path != job.Outputs[0].Path) ? $"it ends well and does not write {job.Outputs[0].Path}"
        : null;

    private static ObservedLookups? Summarize(CompileJob job, JobRoot root, SandboxOutcome outcome)
    {
        if (outcome.Lookups is not { } seen)
        {
            return null;
        }

        ObservedLookups lookups = new LookupSummary(root.Layout, root.OutputFolders, job.Outputs).Of(seen);
        bool isShort = outcome.ExitCode != 0 && lookups.Trouble is null && new DriveInfo(root.Root).AvailableFreeSpace < LittleSpace;
        return isShort ? lookups with { Trouble = "the worker's disk is nearly full" } : lookups;
    }

    private RecentlyUsed<Digest, Toolchain>.Holding? HoldToolchain(CompileJob job)
    {
        if (job.Toolchain is not { } digest || job.Inputs is null)
        {
            throw new ArgumentException("The toolchain and the inputs of the job are not known.", nameof(job));
        }

        if (_toolchains.TryHold(digest, out var held))
        {
            return held;
        }

        // The executor that fetched the job may have decoded its tree already.
        if ((job.Described?.Tree ?? (store.TryRead(digest, WireLimits.Message) is { } encoded ? FileTreeCodec.Decode(encoded) : null)) is not { } tree)
        {
            return null;
        }

        return _toolchains.Hold(digest, new Toolchain(tree, PreloadFitness.Fits(tree), ToolchainName.Of(job.Compiler, tree)));
    }

    private SandboxCommand CommandFor(CompileJob job, JobRoot root, Toolchain toolchain)
    {
        bool preload = toolchain.CanPreload
            && !job.Environment.Any(static variable => variable.StartsWith("LD_PRELOAD=", StringComparison.Ordinal));
        var command = new SandboxCommand
        {
            Root = root.Root,
            Mounts = root.Mounts,
            CommandLine = preload && observer is { CanPreload: true } ? job.CommandLine : TerminalColours.AskFor(job),
            WorkingDirectory = observer is null ? ToldFolder(job, root) : job.WorkingDirectory,
            Environment = [.. job.Environment.Where(static variable => !variable.StartsWith("TMPDIR=", StringComparison.Ordinal)), "TMPDIR=" + RootPlan.TemporaryFolder],
            Umask = job.Umask,
            Niceness = niceness,
            Observation = observer is not null ? new ObservationSettings(observer, preload && observer.CanPreload, job.IsTerminal ? PreloadOptions.Terminal : PreloadOptions.None) : null,
        };
        return hugePages && preload ? HugePages.GiveTo(command) : command;
    }

    /// <summary>
    /// The folder in which bubblewrap starts the command. It sets PWD to that folder, and compilers write PWD into debug information, with its links,
    /// when it leads to the working directory. The supervisor keeps the job's own PWD.
    /// </summary>
    private static string ToldFolder(CompileJob job, JobRoot root)
    {
        string? told = job.Environment.FirstOrDefault(static variable => variable.StartsWith("PWD=", StringComparison.Ordinal))?[4..];
        return told is not null && root.LeadsTo(told, job.WorkingDirectory) ? told : job.WorkingDirectory;
    }

    private void Part(JobRoot? root, bool ended, bool isOver)
    {
        try
        {
            // A compile that was killed may still have processes, so no other job gets its root.
            if (ended)
            {
                root?.Leave(keepsFolders: isOver);
            }
            else
            {
                root?.Delete();
            }
        }
        catch (IOException e)
        {
            // The job is done all the same. The remains only take space, and are logged.
            LogRootStays(_logger, root!.Root, e.Message);
        }
    }

    private static CompileResult Failed(JobStep step, FailureRemedy remedy, string message, JobTimeline timeline) =>
        CompileResult.Failed(new JobFailure(FailedParty.Worker, step, remedy, message), timeline);

    private sealed record Toolchain(FileTree Tree, bool CanPreload, string Name);

    [LoggerMessage(EventIds.RootStays, LogLevel.Warning, "The root '{Root}' of a finished job could not be removed: {Reason} It is set aside when the daemon ends.")]
    private static partial void LogRootStays(ILogger logger, string root, string reason);
}
