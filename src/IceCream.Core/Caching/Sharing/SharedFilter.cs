using IceCream.Jobs;

namespace IceCream.Caching.Sharing;

/// <summary>
/// Knows which commands have no results in a shared store, so that no requests are made for them. It learns in the background. Until it has learned
/// everything, and whenever the connection to the store is lost, it answers that a command may have results. It starts anew from time to time, since
/// a store evicts results.
/// </summary>
internal sealed class SharedFilter : IAsyncDisposable
{
    /// <summary>The pause before reconnecting to a lost store, and the shortest time between two complete listings.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(30), Refresh = TimeSpan.FromMinutes(10);

    /// <summary>Listing a large store is expensive, so the next listing starts after at least this many times the duration of the last one.</summary>
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

    /// <summary>Whether the store may have results of a command.</summary>
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
            catch (Exception e)
            {
                // If the loop ended, the filter would answer for ever from what it knew then.
                _counters.Count($"shared: no filter: {e.Message}");
            }

            // New results are not reported from now on, so any command may have some.
            _known = null;
            await Task.Delay(Pause, _time, _closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Reads the listing and the updates until it is time to start anew. The previous filter is used until the new one is complete.</summary>
    /// <returns>Whether it is time; otherwise the store has ended the stream.</returns>
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

                    // The previous filter is used until this listing is complete, so it is updated too.
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
            // A command that arrives between two listings may appear in neither. Where claims are supported, its result is requested once more before it is compiled.
            return true;
        }
    }
}
