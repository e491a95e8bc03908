namespace IceCream.Execution.Hedging;

/// <summary>
/// Looks at all attempts that are under way, by one timer: a timer and a wake for each of them would cost the agent more than the rest of what it does
/// while workers compile. A round looks at every attempt that was not looked at just before, so that their looks fall together. Thread-safe.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class LateWatch(TimeProvider time)
{
    /// <summary>How much sooner a look may come: timers count by a coarse clock, and go off a few milliseconds early.</summary>
    public static readonly TimeSpan Early = TimeSpan.FromMilliseconds(20);

    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);

    private readonly Lock _lock = new();
    private readonly HashSet<Watched> _watched = [];
    private ITimer? _timer;

    /// <summary>When the next round begins; null: none is planned.</summary>
    private TimeSpan? _next;

    private TimeSpan Now => time.GetElapsedTime(0);

    /// <summary>Waits until an attempt has ended, or a look at it has found something to do.</summary>
    /// <param name="attempt">The attempt.</param>
    /// <param name="nextLook">The longest time until the next look, and at least <see cref="HedgePolicy.LookEvery"/>.</param>
    /// <param name="look">Looks at it; true when there is something to do. It is not called once this wait has ended, and must not throw.</param>
    /// <returns>Whether a look has found something; false: the attempt has ended.</returns>
    public async ValueTask<bool> WaitAsync(Task attempt, Func<TimeSpan> nextLook, Func<bool> look)
    {
        if (attempt.IsCompleted)
        {
            return false;
        }

        var watched = new Watched(nextLook, look);
        lock (_lock)
        {
            watched.Plan(Now);
            _watched.Add(watched);
            Plan(watched.Due);
        }

        await Task.WhenAny(attempt, watched.Found.Task).ConfigureAwait(false);
        lock (_lock)
        {
            return !_watched.Remove(watched);
        }
    }

    private void Plan(TimeSpan at)
    {
        if (_next is { } planned && planned <= at)
        {
            return;
        }

        _next = at;
        TimeSpan due = at - Now;
        due = due > Shortest ? due : Shortest;
        if (_timer is null)
        {
            _timer = time.CreateTimer(static watch => ((LateWatch)watch!).LookAtAll(), this, due, Timeout.InfiniteTimeSpan);
        }
        else
        {
            _timer.Change(due, Timeout.InfiniteTimeSpan);
        }
    }

    private void LookAtAll()
    {
        lock (_lock)
        {
            TimeSpan now = Now;
            TimeSpan? next = null;
            foreach (Watched watched in _watched)
            {
                if (now - watched.Since >= HedgePolicy.LookEvery - Early)
                {
                    if (watched.Look())
                    {
                        // A set may lose elements while it is enumerated.
                        _watched.Remove(watched);
                        watched.Found.SetResult();
                        continue;
                    }

                    watched.Plan(now);
                }

                next = next < watched.Due ? next : watched.Due;
            }

            _next = null;
            if (next is { } soonest)
            {
                Plan(soonest);
            }
        }
    }

    private sealed class Watched(Func<TimeSpan> nextLook, Func<bool> look)
    {
        public TaskCompletionSource Found { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>When it was looked at last, or was begun.</summary>
        public TimeSpan Since { get; private set; }

        public TimeSpan Due { get; private set; }

        public void Plan(TimeSpan now) => (Since, Due) = (now, now + nextLook());

        public bool Look() => look();
    }
}
