using System.Collections.Concurrent;
using IceCream.Caching;
using IceCream.Caching.Sharing;
using IceCream.Diagnostics;
using IceCream.Jobs;
using IceCream.Toolchains;
using Microsoft.Extensions.Logging;

namespace IceCream.Execution;

/// <summary>
/// Compiles nothing twice: it gives known results back, lets a job wait for an equal one that is under way, and keeps what the farm makes. It is outside of the executors
/// that need a farm, so known results are given back without one too.
/// </summary>
/// <param name="inner">Has the job done.</param>
/// <param name="cache">The known results.</param>
/// <param name="toolchains">Describes compilers. It is asked only where something is known of the command.</param>
/// <param name="time">Measures the stretch of the road.</param>
/// <param name="logger">Where a wrong result is reported.</param>
internal sealed partial class CachingExecutor(
    IJobExecutor inner, CompileCache cache, IToolchainCache toolchains, TimeProvider time, ILogger<CachingExecutor> logger) : IJobExecutor
{
    private const string NewCommand = "nothing is known of this command";

    private readonly ConcurrentDictionary<Digest, Flight> _flights = new();
    private long _hits;

    public async ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default)
    {
        CacheMode mode = job.Cache ?? cache.Options.Mode;
        if (mode == CacheMode.Off)
        {
            return await inner.ExecuteAsync(job, cancellationToken).ConfigureAwait(false);
        }

        long since = time.GetTimestamp();
        job.Progress?.Reach(JobStep.Cache);
        if (CommandKey.ObjectionTo(job) is { } objection)
        {
            cache.Counters.Count($"no key: {objection}");
            return await inner.ExecuteAsync(job, cancellationToken).ConfigureAwait(false);
        }

        Digest key = CommandKey.Of(job, cache.Parts);
        string missed = "it was to be compiled anew";
        if (mode != CacheMode.Recache)
        {
            (KnownHit? hit, missed) = await FindAsync(key, job, cancellationToken).ConfigureAwait(false);
            job = job with { Timeline = job.Timeline.With(JobStep.Cache, time.GetElapsedTime(since)) };
            if (hit is not null)
            {
                return await TakeAsync(hit, job, cancellationToken).ConfigureAwait(false);
            }

            if (await JoinAsync(key, job, cancellationToken).ConfigureAwait(false) is { } joined)
            {
                return joined;
            }
        }

        if (mode == CacheMode.ReadOnly)
        {
            cache.Counters.Count($"miss: {missed}");
            return await inner.ExecuteAsync(job, cancellationToken).ConfigureAwait(false);
        }

        return await LeadAsync(key, job with { SharesResult = true }, missed, joins: mode == CacheMode.On, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<(KnownHit? Hit, string Missed)> FindAsync(Digest key, CompileJob job, CancellationToken cancellationToken)
    {
        string missed = NewCommand;
        if (cache.FindRecord(key) is { } record && await DescribeAsync().ConfigureAwait(false) is { } toolchain
            && cache.Find(key, job, record, toolchain, out missed!) is { } hit)
        {
            return (hit, "");
        }

        return (await cache.FindSharedAsync(key, job, DescribeAsync, cancellationToken).ConfigureAwait(false)
            ?? await cache.FindBesideAsync(key, job, DescribeAsync, cancellationToken).ConfigureAwait(false), missed);

        async ValueTask<Toolchain?> DescribeAsync()
        {
            (Toolchain? described, string? obstacle) = await this.DescribeAsync(job, cancellationToken).ConfigureAwait(false);
            missed = obstacle ?? missed;
            return described;
        }
    }

    /// <summary>Describes the compiler of a job; where its results cannot be known, says why.</summary>
    private async ValueTask<(Toolchain? Described, string? Obstacle)> DescribeAsync(CompileJob job, CancellationToken cancellationToken)
    {
        try
        {
            Toolchain described = await toolchains.GetAsync(job, cancellationToken).ConfigureAwait(false);
            return described.IsWrapper ? (null, "its compiler is a wrapper, which may obey what no key holds") : (described, null);
        }
        catch (ToolchainException e)
        {
            return (null, e.Message);
        }
    }

    /// <summary>Waits for an equal job that is under way, and takes its result. Null when there is none, or its result is not that of this job.</summary>
    private async ValueTask<CompileResult?> JoinAsync(Digest key, CompileJob job, CancellationToken cancellationToken)
    {
        if (!_flights.TryGetValue(key, out Flight? flight) || !flight.TryJoin(job))
        {
            return null;
        }

        long since = time.GetTimestamp();
        try
        {
            await flight.Landed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            flight.Leave(job);
        }

        // The other job began before this one came, and files may have changed between: its result is looked up as for any job.
        (KnownHit? hit, _) = await FindAsync(key, job, cancellationToken).ConfigureAwait(false);
        if (hit is null)
        {
            return null;
        }

        cache.Counters.Count(CacheCounters.Joined);
        return hit.Result with { Place = JobPlace.Joined, Timeline = job.Timeline.With(JobStep.Cache, time.GetElapsedTime(since)) };
    }

    /// <summary>Has a job done, lets others join it, and keeps its result.</summary>
    private async ValueTask<CompileResult> LeadAsync(Digest key, CompileJob job, string missed, bool joins, CancellationToken cancellationToken)
    {
        // It is not disposed once others may join, since the last of them may leave late. It holds nothing of the kernel.
        var flight = new Flight();
        flight.TryJoin(job);
        if (!_flights.TryAdd(key, flight))
        {
            // Another job has taken the place meanwhile, or wants its result treated otherwise: both are compiled.
            flight.Dispose();
            return await FlyAsync(key, job, missed, joins, cancellationToken).ConfigureAwait(false);
        }

        Task<CompileResult> flying = FlyAsync(key, job with { IsAwaited = flight.IsAwaited }, missed, joins, flight.Token).AsTask();
        Task landing = LandAsync(key, flight, flying);
        try
        {
            CompileResult result = await flying.WaitAsync(cancellationToken).ConfigureAwait(false);
            await landing.ConfigureAwait(false);
            flight.Leave(job);
            return result;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            flight.Leave(job);
            if (flight.Token.IsCancellationRequested)
            {
                // Nobody waits any more. The job ends now, and its lease is free when this returns.
                await ((Task)flying).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            _ = DiscardAsync(flying);
            throw;
        }
        catch
        {
            flight.Leave(job);
            throw;
        }
    }

    private async ValueTask<CompileResult> FlyAsync(Digest key, CompileJob job, string missed, bool joins, CancellationToken cancellationToken)
    {
        SharedClaim? claim = null;
        if (joins)
        {
            long since = time.GetTimestamp();
            (KnownHit? hit, claim) = await cache.ClaimAsync(
                key, job, async () => (await DescribeAsync(job, cancellationToken).ConfigureAwait(false)).Described, cancellationToken).ConfigureAwait(false);
            job = job with { Timeline = job.Timeline.With(JobStep.Cache, time.GetElapsedTime(since)) };
            if (hit is not null)
            {
                cache.Counters.Count(CacheCounters.Joined);
                return hit.Result with { Place = JobPlace.Joined, Timeline = job.Timeline };
            }

            cache.Counters.Count($"miss: {missed}");
        }

        Task? told = null;
        bool isShared = false;
        try
        {
            CompileResult result = await inner.ExecuteAsync(job with { KnowsLookups = cache.Knows }, cancellationToken).ConfigureAwait(false);
            told = result.IsCompilers ? cache.Keep(key, job, result, missed) : null;
            isShared = told is not null && result.IsShared;
            return result;
        }
        finally
        {
            cache.End(claim, told ?? Task.CompletedTask, isShared);
        }
    }

    private async Task LandAsync(Digest key, Flight flight, Task<CompileResult> flying)
    {
        await ((Task)flying).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _flights.TryRemove(KeyValuePair.Create(key, flight));
        flight.Land();
    }

    /// <summary>The first who asked has left, and the others take what was kept.</summary>
    private static async Task DiscardAsync(Task<CompileResult> flying)
    {
        await ((Task)flying).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (flying.IsCompletedSuccessfully)
        {
            flying.Result.Discard();
        }
    }

    /// <summary>Takes a known result, or one in so many as a question to the farm.</summary>
    private async ValueTask<CompileResult> TakeAsync(KnownHit hit, CompileJob job, CancellationToken cancellationToken)
    {
        CompileResult known = hit.Result with { Timeline = job.Timeline };
        int every = cache.Options.VerifyEvery;
        if (every == 0 || Interlocked.Increment(ref _hits) % every != 0)
        {
            cache.Counters.Count(CacheCounters.Hit);
            return known;
        }

        CompileResult now;
        string? difference;
        try
        {
            now = await inner.ExecuteAsync(job with { KnowsLookups = cache.Knows }, cancellationToken).ConfigureAwait(false);
            difference = now.IsCompilers && now.Place != JobPlace.Local ? ResultComparison.Difference(known, now) : null;
            if (difference is not null && !await HoldsStillAsync(hit, job, cancellationToken).ConfigureAwait(false))
            {
                // Somebody has edited a source meanwhile, so both results are right: one for the source before the edit and one for the source after it.
                cache.Counters.Count(CacheCounters.NotVerified);
                known.Discard();
                return now;
            }

            if (difference is not null && await IsRestlessAsync(now, job, cancellationToken).ConfigureAwait(false))
            {
                cache.Counters.Count(CacheCounters.Restless);
                now.Discard();
                return known;
            }
        }
        catch
        {
            known.Discard();
            throw;
        }

        if (difference is null)
        {
            cache.Counters.Count(now.IsCompilers ? CacheCounters.Right : CacheCounters.NotVerified);
            cache.Counters.Count(CacheCounters.Hit);
            now.Discard();
            return known;
        }

        cache.Drop(hit.Key, hit.Known);
        cache.Counters.Count(CacheCounters.Wrong);
        LogWrong(logger, job.Invocation!.Source, difference, hit.Key, hit.Known.Toolchain, hit.Known.Tree, hit.Known.Lookups);
        known.Discard();
        return now;
    }

    /// <summary>Whether the files are still those with which a result is known.</summary>
    private async ValueTask<bool> HoldsStillAsync(KnownHit hit, CompileJob job, CancellationToken cancellationToken)
    {
        (KnownHit? still, _) = await FindAsync(hit.Key, job, cancellationToken).ConfigureAwait(false);
        still?.Result.Discard();
        return still is not null && still.Known.HasInputsOf(hit.Known);
    }

    /// <summary>Whether a compile differs from run to run, as those that write down the time do: then no result is wrong.</summary>
    private async ValueTask<bool> IsRestlessAsync(CompileResult first, CompileJob job, CancellationToken cancellationToken)
    {
        CompileResult second = await inner.ExecuteAsync(job with { KnowsLookups = cache.Knows }, cancellationToken).ConfigureAwait(false);
        bool differs = second.IsCompilers && ResultComparison.Difference(first, second) is not null;
        second.Discard();
        return differs;
    }

    [LoggerMessage(EventIds.ResultWrong, LogLevel.Error,
        "A known result of '{Source}' was wrong, and is forgotten: {Difference}. It was known by the command {Key} with the toolchain {Toolchain}, the inputs {Tree} and the lookups {Lookups}. The job was compiled. Please report this.")]
    private static partial void LogWrong(ILogger logger, string source, string difference, Digest key, Digest toolchain, Digest tree, Digest lookups);
}
