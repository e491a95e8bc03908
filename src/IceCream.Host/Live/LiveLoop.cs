namespace IceCream.Host.Live;

/// <summary>Draws again when something has changed, and every so often for what only the time changes: never more often than a screen can be read.</summary>
/// <param name="time">The time.</param>
internal sealed class LiveLoop(TimeProvider time) : IDisposable
{
    /// <summary>The shortest time between two drawings.</summary>
    public static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _changed = new(0, 1);
    private readonly Lock _lock = new();

    /// <summary>Something has changed.</summary>
    public void Wake()
    {
        lock (_lock)
        {
            if (_changed.CurrentCount == 0)
            {
                _changed.Release();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _changed.Dispose();

    /// <summary>Draws until cancelled.</summary>
    public async Task RunAsync(Action draw, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                draw();
                await Task.Delay(Shortest, time, cancellationToken);
                using var limit = new CancellationTokenSource(Longest - Shortest, time);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
                try
                {
                    await _changed.WaitAsync(either.Token);
                }
                catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
                {
                    // Nothing has changed but the time.
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Whoever looked has seen enough.
        }
    }
}
