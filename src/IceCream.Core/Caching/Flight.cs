using IceCream.Jobs;

namespace IceCream.Caching;

/// <summary>A job in progress for which equal jobs wait. It continues until the last of them leaves, even when the first has left. Thread-safe.</summary>
internal sealed class Flight : IDisposable
{
    private static readonly Func<bool> Always = static () => true;

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _leaving = new();
    private readonly List<Func<bool>> _asking = [];
    private readonly TaskCompletionSource _landed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _waiting;
    private bool _isOver;

    /// <summary>Cancelled when no job waits any more.</summary>
    public CancellationToken Token => _leaving.Token;

    /// <summary>Completes when the job has ended, successfully or not.</summary>
    public Task Landed => _landed.Task;

    /// <summary>Whether a client still waits for one of the jobs that joined.</summary>
    public bool IsAwaited()
    {
        lock (_lock)
        {
            return _asking.Exists(static ask => ask());
        }
    }

    /// <summary>Adds a job to those that wait.</summary>
    /// <returns>False when the job has ended, or the last waiting job has left.</returns>
    public bool TryJoin(CompileJob job)
    {
        lock (_lock)
        {
            if (_isOver)
            {
                return false;
            }

            _waiting++;
            _asking.Add(job.IsAwaited ?? Always);
            return true;
        }
    }

    /// <summary>Removes a job that no longer waits. The last one cancels <see cref="Token"/>.</summary>
    public void Leave(CompileJob job)
    {
        bool isLast;
        lock (_lock)
        {
            isLast = --_waiting == 0 && !_isOver;
            _isOver |= isLast;
            _asking.Remove(job.IsAwaited ?? Always);
        }

        if (isLast)
        {
            _leaving.Cancel();
        }
    }

    /// <summary>Marks the job as ended. A job that comes later finds its result, or starts a new one.</summary>
    public void Land()
    {
        lock (_lock)
        {
            _isOver = true;
        }

        _landed.SetResult();
    }

    public void Dispose() => _leaving.Dispose();
}
