using IceCream.Jobs;

namespace IceCream.Caching.Sharing;

/// <summary>
/// Knows of which commands a shared store has no results, so that questions which must be in vain cost nothing. It learns in the background, says of everything that it may be there until it
/// has learnt all and whenever it has lost the store, and begins anew from time to time, since a store forgets.
/// </summary>
internal sealed class SharedFilter : IAsyncDisposable
{
    /// <summary>How long it waits for a store that was lost, and how often it begins anew at most.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(30), Refresh = TimeSpan.FromMinutes(10);

    /// <summary>Of a large store the listing is work: it is asked for so many times more seldom than it takes.</summary>
    private const int Rest = 1000;

    private readonly ISharedNames _names;
    private readonly CacheCounters _counters;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _learning;
    private volatile DigestFilter? _known;

    public SharedFilter(ISharedNames names, CacheCounters counters, TimeProvider time)
    {
        (_names, _counters, _time) = (names, counters, time);
        _learning = Task.Run(LearnAllAsync);
    }

    /// <summary>Whether a command's results may be there.</summary>
    public bool MayHold(Digest key) => _known?.MayHold(key) ?? true;

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        await _learning.ConfigureAwait(false);
        _closing.Dispose();
    }

    private async Task LearnAllAsync()
    {
        while (!_closing.IsCancellationRequested)
        {
            try
            {
                if (await LearnAsync().ConfigureAwait(false))
                {
                    continue;
                }
            }
            catch (OperationCanceledException) when (_closing.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
            {
                _counters.Count($"shared: no filter: {e.Message}");
            }

            // What comes from now on is not told: all of it may be there.
            _known = null;
            await Task.Delay(Pause, _time, _closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Learns what is there, and goes on learning until it is time to begin anew. The former knowledge holds until the new is whole.</summary>
    /// <returns>Whether it is time; else the store tells no more.</returns>
    private async Task<bool> LearnAsync()
    {
        using var turn = new CancellationTokenSource(Timeout.InfiniteTimeSpan, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(turn.Token, _closing.Token);
        var filter = new DigestFilter();
        long since = _time.GetTimestamp();
        try
        {
            await foreach (Digest? name in _names.WatchAsync(either.Token).ConfigureAwait(false))
            {
                if (name is { } key)
                {
                    filter.Add(key);

                    // What was learnt before is asked until this turn knows all.
                    if (_known is { } former && former != filter)
                    {
                        former.Add(key);
                    }

                    continue;
                }

                _known = filter;
                TimeSpan rest = _time.GetElapsedTime(since) * Rest;
                turn.CancelAfter(rest > Refresh ? rest : Refresh);
            }

            return false;
        }
        catch (OperationCanceledException) when (!_closing.IsCancellationRequested && turn.IsCancellationRequested)
        {
            // Between two turns a command may come that neither tells: its result is asked for once more before it is compiled, where claims are kept.
            return true;
        }
    }
}
