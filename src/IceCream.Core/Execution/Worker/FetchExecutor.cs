using System.Collections.Immutable;
using IceCream.Jobs;
using IceCream.Storage;
using IceCream.Toolchains;
using IceCream.Transport;
using IceCream.Wire;

namespace IceCream.Execution.Worker;

/// <summary>
/// Transfers the inputs and the toolchain of a job into the worker's store, from the job's origin or through other jobs' transfers, and pins them
/// while the job runs. The next executors get the toolchain's tree with the job. A job that waits for blobs holds no slot, because it gets its slot
/// later.
/// </summary>
/// <param name="inner">Executes the job once all blobs are stored.</param>
/// <param name="store">The worker's blob store.</param>
/// <param name="fetcher">Coordinates the transfers.</param>
/// <param name="name">The worker's name, for people.</param>
/// <param name="time">Measures the step.</param>
internal sealed class FetchExecutor(IJobExecutor inner, IBlobStore store, BlobFetcher fetcher, string name, TimeProvider time) : IJobExecutor
{
    /// <summary>How often a job waits for other jobs' transfers before its own agent must send the blobs.</summary>
    private const int WaitsForOthers = 2;

    /// <summary>How often the blobs of a job are transferred at most. Another process that shares the store, with a smaller limit, may evict them as fast as they come.</summary>
    private const int MostTransfers = 8;

    /// <summary>The most files, links and folders of cached toolchains that no job uses: enough for some dozens of compilers.</summary>
    private const long Kept = 256 << 10;

    private readonly RecentlyUsed<Digest, Toolchain> _toolchains = new(Kept, static toolchain => toolchain.Tree.Count);

    /// <inheritdoc/>
    public async ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default)
    {
        IJobOrigin origin = job.Origin ?? throw new ArgumentException("Nobody is known who has the blobs of the job.", nameof(job));
        PinnedBlobs pinned = fetcher.Enter();
        RecentlyUsed<Digest, Toolchain>.Holding? toolchain = null;
        try
        {
            long since = time.GetTimestamp();
            (toolchain, CompileResult? lack) = await FetchAsync(job, origin, pinned, cancellationToken).ConfigureAwait(false);
            JobTimeline fetched = job.Timeline.With(JobStep.Fetch, time.GetElapsedTime(since));
            CompileResult result = lack ?? await ExecuteAsync(job, toolchain!.Value, origin, cancellationToken).ConfigureAwait(false);
            if (result.Failure is not null)
            {
                // A blob may have been missing after all: from here on every one is checked again.
                fetcher.Distrust(pinned);
            }

            return result with { Timeline = fetched.With(result.Timeline) };
        }
        catch (IOException e) when (e is not TransportException)
        {
            return Failed(FailureRemedy.AnotherWorker, $"The store of '{name}' failed: {e.Message}");
        }
        finally
        {
            toolchain?.Dispose();
            pinned.Leave();
        }
    }

    private ValueTask<CompileResult> ExecuteAsync(CompileJob job, Toolchain toolchain, IJobOrigin origin, CancellationToken cancellationToken)
    {
        origin.Watch();
        return inner.ExecuteAsync(job with { Described = toolchain, Timeline = JobTimeline.Empty }, cancellationToken);
    }

    /// <summary>Ensures that all blobs of the job are stored, and pinned while it runs.</summary>
    /// <returns>The toolchain, which the caller must release; or why something is missing.</returns>
    private async ValueTask<(RecentlyUsed<Digest, Toolchain>.Holding? Toolchain, CompileResult? Lack)> FetchAsync(
        CompileJob job, IJobOrigin origin, PinnedBlobs pinned, CancellationToken cancellationToken)
    {
        Digest digest = job.Toolchain!.Value;
        bool knowsTools = pinned.KnowsTree(digest);
        ImmutableArray<TreeFile> unsure = pinned.FindUnknown(job.Inputs!.Files);
        CompileResult? lack = await BringMissingAsync(
            knowsTools ? unsure : [new TreeFile("/", digest, 0, 0), .. unsure], origin, pinned, cancellationToken).ConfigureAwait(false);
        if (lack is not null)
        {
            return (null, lack);
        }

        RecentlyUsed<Digest, Toolchain>.Holding toolchain;
        try
        {
            toolchain = Hold(digest, job.Compiler);
        }
        catch (Exception e) when (e is WireFormatException or InvalidDataException)
        {
            return (null, Failed(FailureRemedy.CompileHere, $"The toolchain's tree is none: {e.Message}"));
        }

        try
        {
            if (!knowsTools)
            {
                lack = await BringMissingAsync(pinned.FindUnknown(toolchain.Value.Tree.Files), origin, pinned, cancellationToken).ConfigureAwait(false);
                if (lack is null)
                {
                    pinned.KnowTree(digest);
                }
            }
        }
        catch
        {
            toolchain.Dispose();
            throw;
        }

        return (toolchain, lack);
    }

    /// <summary>The toolchain, decoded once per worker.</summary>
    private RecentlyUsed<Digest, Toolchain>.Holding Hold(Digest digest, string compiler)
    {
        if (_toolchains.TryHold(digest, out var held))
        {
            return held;
        }

        FileTree tree = FileTreeCodec.Decode(
            store.TryRead(digest, WireLimits.Message) ?? throw new IOException("The toolchain's tree was evicted while it was being used."));
        return _toolchains.Hold(digest, new Toolchain { Digest = digest, Tree = tree, Encoded = default, Description = ToolchainName.Of(compiler, tree) });
    }

    /// <summary>Transfers missing blobs into the store.</summary>
    /// <returns>Null when all are stored; a failure when the origin does not have one any more.</returns>
    private async ValueTask<CompileResult?> BringMissingAsync(
        ImmutableArray<TreeFile> files, IJobOrigin origin, PinnedBlobs pinned, CancellationToken cancellationToken)
    {
        pinned.Pin(files);
        for (int waited = 0; fetcher.FindMissing(files, cancellationToken) is { IsEmpty: false } missing; waited++)
        {
            if (waited == MostTransfers)
            {
                return Failed(FailureRemedy.AnotherWorker, $"The store of '{name}' does not keep what is brought to it.");
            }

            // Own claims are released before others are awaited: otherwise two jobs that wait for each other would deadlock.
            Task others;
            using (BlobClaims claims = fetcher.Claim(missing, insist: waited >= WaitsForOthers))
            {
                others = claims.Others;
                if (!claims.Mine.IsEmpty && await origin.BringAsync(claims.Mine, cancellationToken).ConfigureAwait(false) is { } absent)
                {
                    return Failed(FailureRemedy.CompileHere, absent);
                }
            }

            await others.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        pinned.Know(files);
        return null;
    }

    private static CompileResult Failed(FailureRemedy remedy, string message) =>
        CompileResult.Failed(new JobFailure(FailedParty.Worker, JobStep.Fetch, remedy, message));
}
