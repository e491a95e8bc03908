using System.Collections.Concurrent;
using IceCream.Caching;
using IceCream.Caching.Sharing;
using IceCream.Diagnostics;
using IceCream.Jobs;
using IceCream.Toolchains;
using Microsoft.Extensions.Logging;

namespace IceCream.Execution;

/// <summary>
/// Avoids repeated compiles: it returns cached results, lets a job wait for an equal one in progress, and stores new results. It is outside of the
/// executors that need a farm, so cached results are available without a farm too.
/// </summary>
/// <param name="inner">Executes the job.</param>
/// <param name="cache">The result cache.</param>
/// <param name="toolchains">Describes compilers. It is queried only if the command has a record.</param>
/// <param name="time">Measures the step.</param>
/// <param name="logger">Reports a wrong cached result.</param>
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
        if (CommandKey.DoubtAbout(job) is { } doubt)
        {
            cache.Counters.Count($"no key: {doubt}");
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
            (Toolchain? described, string? doubt) = await this.DescribeAsync(job, cancellationToken).ConfigureAwait(false);
            missed = doubt ?? missed;
            return described;
        }
    }

    /// <summary>Describes the compiler of a job; or says why its results cannot be cached.</summary>
    private async ValueTask<(Toolchain? Described, string? Doubt)> DescribeAsync(CompileJob job, CancellationToken cancellationToken)
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

    /// <summary>Waits for an equal job in progress, and takes its result. Null when there is none, or its result is not valid for this job.</summary>
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

        // The other job began before this one, and files may have changed in between: its result is looked up as for any job.
        (KnownHit? hit, _) = await FindAsync(key, job, cancellationToken).ConfigureAwait(false);
        if (hit is null)
        {
            return null;
        }

        cache.Counters.Count(CacheCounters.Joined);
        return hit.Result with { Place = JobPlace.Joined, Timeline = job.Timeline.With(JobStep.Cache, time.GetElapsedTime(since)) };
    }

    /// <summary>Executes a job, lets others join it, and stores its result.</summary>
    private async ValueTask<CompileResult> LeadAsync(Digest key, CompileJob job, string missed, bool joins, CancellationToken cancellationToken)
    {
        // The flight is not disposed once others may join, since the last of them may leave late. It holds no kernel resources.
        var flight = new Flight();
        flight.TryJoin(job);
        if (!_flights.TryAdd(key, flight))
        {
            // Another job has started meanwhile, or its user wants another cache mode: both are compiled.
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

    /// <summary>Discards the result of a job whose first caller has left; the others use the stored one.</summary>
    private static async Task DiscardAsync(Task<CompileResult> flying)
    {
        await ((Task)flying).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (flying.IsCompletedSuccessfully)
        {
            flying.Result.Discard();
        }
    }

    /// <summary>Returns a cached result; one in a number of them is verified by compiling again.</summary>
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
                // A source was edited meanwhile, so both results are right: one for the source before the edit and one for the source after it.
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

    /// <summary>Whether the inputs of a cached result are still unchanged.</summary>
    private async ValueTask<bool> HoldsStillAsync(KnownHit hit, CompileJob job, CancellationToken cancellationToken)
    {
        (KnownHit? still, _) = await FindAsync(hit.Key, job, cancellationToken).ConfigureAwait(false);
        still?.Result.Discard();
        return still is not null && still.Known.HasInputsOf(hit.Known);
    }

    /// <summary>Whether a compile is not reproducible, such as one that records the time: then no result is wrong.</summary>
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
