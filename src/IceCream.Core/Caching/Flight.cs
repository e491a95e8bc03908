using IceCream.Jobs;

namespace IceCream.Caching;

/// <summary>
/// A job under way that others like it wait for. It goes on as long as any of them does, whoever was the first. Thread-safe.
/// </summary>
internal sealed class Flight : IDisposable
{
    private static readonly Func<bool> Always = static () => true;

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _leaving = new();
    private readonly List<Func<bool>> _asking = [];
    private readonly TaskCompletionSource _landed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _waiting;
    private bool _isOver;

    /// <summary>Cancelled when nobody waits any more.</summary>
    public CancellationToken Token => _leaving.Token;

    /// <summary>Completes when the job has ended, however.</summary>
    public Task Landed => _landed.Task;

    /// <summary>Whether anybody waits still, as they say themselves.</summary>
    public bool IsAwaited()
    {
        lock (_lock)
        {
            return _asking.Exists(static ask => ask());
        }
    }

    /// <summary>Waits with the others.</summary>
    /// <returns>False when nobody was left to wait for it, or it has landed.</returns>
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

    /// <summary>Waits no more.</summary>
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

    /// <summary>The job has ended: who comes now finds its result, or begins anew.</summary>
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
