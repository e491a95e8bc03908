using System.Collections.Immutable;
using IceCream.Jobs;
using IceCream.Storage;
using IceCream.Toolchains;
using IceCream.Transport;
using IceCream.Wire;

namespace IceCream.Execution.Worker;

/// <summary>
/// Brings the inputs and the toolchain of a job into the worker's store, from the job's origin or by what other jobs bring, and keeps them there for its time. What comes
/// after it has the toolchain's tree with the job. Waiting for bytes takes no slot: it is met before there is one.
/// </summary>
/// <param name="inner">Does the job once all is here.</param>
/// <param name="store">The worker's blobs.</param>
/// <param name="fetcher">What is on its way into the store.</param>
/// <param name="name">The worker's name, for people.</param>
/// <param name="time">Measures the stretch of the road.</param>
internal sealed class FetchExecutor(IJobExecutor inner, IBlobStore store, BlobFetcher fetcher, string name, TimeProvider time) : IJobExecutor
{
    /// <summary>How often a job waits for what other jobs bring before it has its own agent send it.</summary>
    private const int WaitsForOthers = 2;

    /// <summary>Files, links and folders of the toolchains that are remembered and that no job uses: some dozens of compilers.</summary>
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
                // Perhaps a blob was not there after all: from here on every one is looked for again.
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

    /// <summary>Sees to it that all blobs of the job are in the store, and stay there for its time.</summary>
    /// <returns>The toolchain, which the caller gives back; or why there is something lacking.</returns>
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

    /// <summary>The toolchain, as this worker has read it once.</summary>
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

    /// <summary>Brings what is missing into the store.</summary>
    /// <returns>Null when all is here; a failure when the origin does not have it any more.</returns>
    private async ValueTask<CompileResult?> BringMissingAsync(
        ImmutableArray<TreeFile> files, IJobOrigin origin, PinnedBlobs pinned, CancellationToken cancellationToken)
    {
        pinned.Pin(files);
        for (int waited = 0; fetcher.FindMissing(files) is { IsEmpty: false } missing; waited++)
        {
            // Own claims are released before others are waited for: two jobs that wait for each other would wait for ever.
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
