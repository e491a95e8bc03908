namespace IceCream.Host.Live;

/// <summary>Redraws after a change, at most every 100 ms so that the screen stays readable, and at least every second because some values change with time alone.</summary>
/// <param name="time">The clock.</param>
internal sealed class LiveLoop(TimeProvider time) : IDisposable
{
    public static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(100);

    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _changed = new(0, 1);
    private readonly Lock _lock = new();
    private bool _isOver;

    /// <summary>Requests a redraw. At the end of a view nobody waits for signals and events that are on their way, so that one may come when the loop is gone.</summary>
    public void Wake()
    {
        lock (_lock)
        {
            if (!_isOver && _changed.CurrentCount == 0)
            {
                _changed.Release();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _isOver = true;
            _changed.Dispose();
        }
    }

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
                    // Nothing but the time has changed.
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The view was closed.
        }
    }
}
