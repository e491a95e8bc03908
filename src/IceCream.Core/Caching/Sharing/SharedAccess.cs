using IceCream.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace IceCream.Caching.Sharing;

/// <summary>
/// Limits the time that requests to a shared store take: each has a deadline based on the duration of the latest ones, and after several consecutive
/// failures a circuit breaker skips the store for a while. So a slow or dead store costs a build only a few deadlines. Thread-safe.
/// </summary>
internal sealed partial class SharedAccess(ISharedResults store, CacheCounters counters, TimeProvider time, ILogger<SharedAccess>? logger = null)
{
    /// <summary>This many consecutive failures open the breaker.</summary>
    private const int MostFailures = 3;

    /// <summary>A deadline is this many times the usual duration of a request.</summary>
    private const int Slack = 8;

    /// <summary>The transfer rate by which deadlines are extended: a second for this many bytes.</summary>
    private const double BytesPerSecond = 4 << 20;

    /// <summary>How long an open breaker skips the store, and the shortest and longest deadline of a small request; the longest is that of the first request.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(30), Shortest = TimeSpan.FromMilliseconds(20), Longest = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan WarnEvery = TimeSpan.FromMinutes(10);

    private readonly ILogger _logger = logger ?? NullLogger<SharedAccess>.Instance;
    private readonly Lock _lock = new();
    private TimeSpan _usual = Longest / Slack;

    /// <summary>When the breaker opened: a timestamp, since the clock may be set back by any time.</summary>
    private long? _opened;
    private int _failures;
    private long _failed;
    private string _reason = "";
    private long? _warned;

    public ISharedResults Store => store;

    /// <summary>The deadline of a small request.</summary>
    public TimeSpan Deadline
    {
        get
        {
            lock (_lock)
            {
                TimeSpan deadline = _usual * Slack;
                return deadline < Shortest ? Shortest : deadline > Longest ? Longest : deadline;
            }
        }
    }

    /// <summary>
    /// Warns, at most once in a while, that the store does not take results. A store that answers questions and refuses what is told, such as one whose
    /// user may not write, never opens the breaker, which would warn.
    /// </summary>
    public void WarnOfRefusal()
    {
        string reason;
        lock (_lock)
        {
            if (_opened is { } opened && time.GetElapsedTime(opened) < Pause)
            {
                // The breaker has warned.
                return;
            }

            if (_warned is { } warned && time.GetElapsedTime(warned) < WarnEvery)
            {
                return;
            }

            _warned = time.GetTimestamp();
            reason = _reason;
        }

        LogUntold(_logger, store.Name, reason);
    }

    /// <summary>Sends a request to the store.</summary>
    /// <param name="bytes">About how many bytes are transferred.</param>
    /// <param name="ask">The request.</param>
    /// <param name="cancellationToken">Cancelled when nobody waits for the answer.</param>
    /// <returns>The answer; the default value when there is none, for any reason. Reasons are counted.</returns>
    public async ValueTask<T?> AskAsync<T>(long bytes, Func<ISharedResults, CancellationToken, ValueTask<T>> ask, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_opened is { } opened && time.GetElapsedTime(opened) < Pause)
            {
                counters.Count("shared: left alone for a while");
                return default;
            }
        }

        using var deadline = new CancellationTokenSource(Deadline + TimeSpan.FromSeconds(bytes / BytesPerSecond), time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        long since = time.GetTimestamp();
        try
        {
            // WaitAsync also ends the wait for a store that ignores the token.
            T answer = await ask(store, either.Token).AsTask().WaitAsync(either.Token).ConfigureAwait(false);
            Succeed(time.GetElapsedTime(since), bytes);
            return answer;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            Fail("it does not answer in time", since);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // The store may be an embedder's own: whatever it throws, it is the store that failed, and no job.
            Fail(e.Message, since);
        }

        return default;
    }

    private void Succeed(TimeSpan taken, long bytes)
    {
        lock (_lock)
        {
            _failures = 0;
            if (bytes == 0)
            {
                _usual = ((_usual * 7) + taken) / 8;
            }
        }
    }

    private void Fail(string reason, long since)
    {
        counters.Count($"shared: {reason}");
        lock (_lock)
        {
            _reason = reason;

            // A late answer may only mean that the store has become slower.
            _usual = _usual * 2 < Longest / Slack ? _usual * 2 : Longest / Slack;

            // Concurrent requests fail together, so they count as one failure.
            bool isAnother = since >= _failed;
            _failed = time.GetTimestamp();
            if (!isAnother || ++_failures < MostFailures)
            {
                return;
            }

            _failures = MostFailures - 1;
            _opened = time.GetTimestamp();
        }

        LogBypassed(_logger, store.Name, Pause.TotalSeconds, reason);
    }

    [LoggerMessage(EventIds.SharedBypassed, LogLevel.Warning, "The shared store of results '{Store}' is left alone for {Seconds} s: {Reason}")]
    private static partial void LogBypassed(ILogger logger, string store, double seconds, string reason);

    [LoggerMessage(EventIds.SharedUntold, LogLevel.Warning,
        "The shared store of results '{Store}' does not take what is told: {Reason}. With |read-only at the end of its address nothing is told.")]
    private static partial void LogUntold(ILogger logger, string store, string reason);
}
