namespace IceCream.Nodes;

/// <summary>Detects that a node has not been used for some time.</summary>
internal sealed class IdleWatch : IDisposable
{
    private readonly Lock _lock = new();
    private readonly TimeSpan _limit;
    private readonly ITimer? _timer;
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _unused = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _users;

    /// <param name="limit">The time limit; null: none.</param>
    /// <param name="time">The clock.</param>
    public IdleWatch(TimeSpan? limit, TimeProvider time)
    {
        _limit = limit ?? Timeout.InfiniteTimeSpan;
        _unused.SetResult();
        _timer = limit is null ? null : time.CreateTimer(_ => Expire(), null, _limit, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Completes when the limit is reached.</summary>
    public Task Idle => _idle.Task;

    /// <summary>Completes when the node is not in use.</summary>
    public Task Unused
    {
        get
        {
            lock (_lock)
            {
                return _unused.Task;
            }
        }
    }

    /// <summary>Marks the node as used until the result is disposed.</summary>
    public IDisposable Use()
    {
        lock (_lock)
        {
            if (_users++ == 0)
            {
                _unused = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            _timer?.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        return new User(this);
    }

    /// <inheritdoc/>
    public void Dispose() => _timer?.Dispose();

    private void Expire()
    {
        lock (_lock)
        {
            // A use may have begun while the timer fired.
            if (_users == 0)
            {
                _idle.TrySetResult();
            }
        }
    }

    private void Leave()
    {
        lock (_lock)
        {
            if (--_users == 0)
            {
                _unused.SetResult();
                _timer?.Change(_limit, Timeout.InfiniteTimeSpan);
            }
        }
    }

    private sealed class User(IdleWatch watch) : IDisposable
    {
        private IdleWatch? _watch = watch;

        public void Dispose() => Interlocked.Exchange(ref _watch, null)?.Leave();
    }
}
