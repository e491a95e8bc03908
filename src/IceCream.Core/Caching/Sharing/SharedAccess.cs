using IceCream.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace IceCream.Caching.Sharing;

/// <summary>
/// The way to a shared store: every question has a deadline that follows how long the last ones took, and a store that fails at several in a row is left alone for a
/// while. A slow or dead store costs a build some deadlines, and is never waited for. Thread-safe.
/// </summary>
internal sealed partial class SharedAccess(ISharedResults store, CacheCounters counters, TimeProvider time, ILogger<SharedAccess>? logger = null)
{
    /// <summary>So many failures in a row open the breaker.</summary>
    private const int MostFailures = 3;

    /// <summary>A deadline is so many times what an answer takes.</summary>
    private const int Slack = 8;

    /// <summary>Bytes that may take a second of their own.</summary>
    private const double BytesPerSecond = 4 << 20;

    /// <summary>How long a store is left alone, and the shortest and longest deadline of a small answer; the longest is that of the first.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(30), Shortest = TimeSpan.FromMilliseconds(20), Longest = TimeSpan.FromMilliseconds(500);

    private readonly ILogger _logger = logger ?? NullLogger<SharedAccess>.Instance;
    private readonly Lock _lock = new();
    private TimeSpan _usual = Longest / Slack;
    private DateTimeOffset _openUntil;
    private int _failures;
    private long _failed;

    public ISharedResults Store => store;

    /// <summary>How long a small answer is waited for.</summary>
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

    /// <summary>Asks the store.</summary>
    /// <param name="bytes">About how many bytes travel.</param>
    /// <param name="ask">The question.</param>
    /// <param name="cancellationToken">Cancelled when nobody waits.</param>
    /// <returns>The answer; the default when there is none, whatever the reason. Reasons are counted.</returns>
    public async ValueTask<T?> AskAsync<T>(long bytes, Func<ISharedResults, CancellationToken, ValueTask<T>> ask, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (time.GetUtcNow() < _openUntil)
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
            // A store that does not heed the token is not waited for either.
            T answer = await ask(store, either.Token).AsTask().WaitAsync(either.Token).ConfigureAwait(false);
            Succeed(time.GetElapsedTime(since), bytes);
            return answer;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            Fail("it does not answer in time", since);
        }
        catch (IOException e)
        {
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
            // An answer that came too late may only be slower than those before.
            _usual = _usual * 2 < Longest / Slack ? _usual * 2 : Longest / Slack;

            // Questions that were under way together fail together: they are one failure.
            bool isAnother = since >= _failed;
            _failed = time.GetTimestamp();
            if (!isAnother || ++_failures < MostFailures)
            {
                return;
            }

            _failures = MostFailures - 1;
            _openUntil = time.GetUtcNow() + Pause;
        }

        LogBypassed(_logger, store.Name, Pause.TotalSeconds, reason);
    }

    [LoggerMessage(EventIds.SharedBypassed, LogLevel.Warning, "The shared store of results '{Store}' is left alone for {Seconds} s: {Reason}")]
    private static partial void LogBypassed(ILogger logger, string store, double seconds, string reason);
}
