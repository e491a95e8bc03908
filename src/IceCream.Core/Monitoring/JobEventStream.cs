using IceCream.Jobs;

namespace IceCream.Monitoring;

/// <summary>
/// The one stream of job events. Publishers never wait. A subscriber first receives the jobs that are under way. Thread-safe.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class JobEventStream(TimeProvider time)
{
    /// <summary>How many events may wait for one subscriber, by default.</summary>
    public const int Backlog = 8192;

    private readonly Lock _lock = new();
    private readonly RunningJobs _running = new();
    private JobEventSubscription[] _subscriptions = [];

    /// <summary>Whether there is a subscriber.</summary>
    public bool IsWatched => Volatile.Read(ref _subscriptions).Length > 0;

    public void Publish(JobEvent happened) => Publish([happened]);

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

    /// <summary>Subscribes from now on. The first events describe the jobs that are under way.</summary>
    /// <param name="backlog">How many events may wait. Further events are lost, and counted.</param>
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

    /// <summary>The jobs that are under way, each with its current step.</summary>
    public IReadOnlyList<(JobBegun Begun, JobStepBegun? Step)> Running()
    {
        lock (_lock)
        {
            return [.. _running.All];
        }
    }

    /// <summary>Takes the events that wait for a subscriber; after a loss, a report of it and the jobs under way.</summary>
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
