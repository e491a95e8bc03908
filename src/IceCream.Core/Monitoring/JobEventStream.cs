using IceCream.Jobs;

namespace IceCream.Monitoring;

/// <summary>
/// The one stream of job events: whoever does or hears of something publishes it, and never waits; whoever wants to know subscribes, and first learns
/// which jobs are under way. Safe for use by several threads.
/// </summary>
/// <param name="time">When a subscription began.</param>
internal sealed class JobEventStream(TimeProvider time)
{
    /// <summary>How many events wait for one subscriber, unless it says otherwise.</summary>
    public const int Backlog = 8192;

    private readonly Lock _lock = new();
    private readonly RunningJobs _running = new();
    private JobEventSubscription[] _subscriptions = [];

    /// <summary>Whether anybody listens.</summary>
    public bool IsWatched => Volatile.Read(ref _subscriptions).Length > 0;

    /// <summary>Something has happened.</summary>
    public void Publish(JobEvent happened) => Publish([happened]);

    /// <summary>Several things have happened, one after the other.</summary>
    public void Publish(ReadOnlySpan<JobEvent> happened)
    {
        lock (_lock)
        {
            foreach (JobEvent each in happened)
            {
                _running.Apply(each);
                foreach (JobEventSubscription subscription in _subscriptions)
                {
                    subscription.Add(each);
                }
            }
        }
    }

    /// <summary>Listens from now on. The first events say which jobs are under way.</summary>
    /// <param name="backlog">How many events may wait. Those beyond are lost, and counted.</param>
    public JobEventSubscription Subscribe(int backlog = Backlog)
    {
        lock (_lock)
        {
            var subscription = new JobEventSubscription(this, backlog);
            foreach (JobEvent each in _running.Describe(time.GetUtcNow()))
            {
                subscription.Greet(each);
            }

            _subscriptions = [.. _subscriptions, subscription];
            return subscription;
        }
    }

    /// <summary>The jobs that are under way, with the step that each is at.</summary>
    public IReadOnlyList<(JobBegun Begun, JobStepBegun? Step)> Running()
    {
        lock (_lock)
        {
            return [.. _running.All];
        }
    }

    /// <summary>Takes what waits for a subscriber: after a loss that it happened, and how things stand.</summary>
    internal IReadOnlyList<JobEvent> Take(JobEventSubscription subscription, int most)
    {
        lock (_lock)
        {
            if (subscription.TakeLost() is > 0 and var lost)
            {
                DateTimeOffset now = time.GetUtcNow();
                return [new JobEventsLost { At = now, Count = lost }, .. _running.Describe(now)];
            }

            return subscription.TakeWaiting(most);
        }
    }

    internal void Remove(JobEventSubscription subscription)
    {
        lock (_lock)
        {
            _subscriptions = [.. _subscriptions.Where(other => other != subscription)];
        }
    }
}
