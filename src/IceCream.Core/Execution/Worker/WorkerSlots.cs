using IceCream.Jobs;

namespace IceCream.Execution.Worker;

/// <summary>
/// Limits concurrent jobs to the slots, whatever the leases say: a restarted scheduler may not know all leases yet. It also limits the total expected
/// memory of jobs. Jobs are served in order of arrival, so that one that needs all memory is not starved. A job gets the lowest free slot.
/// Thread-safe.
/// </summary>
/// <param name="slots">The number of slots.</param>
/// <param name="memory">The memory limit of all jobs together, in bytes; 0: no limit.</param>
internal sealed class WorkerSlots(int slots, long memory)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<Place> _waiting = [];
    private readonly SortedSet<int> _free = [.. Enumerable.Range(1, slots)];
    private long _taken;
    private int _running;

    public int Running
    {
        get
        {
            lock (_lock)
            {
                return _running;
            }
        }
    }

    /// <summary>The memory that is counted for a job: an equal share when its forecast is unknown, and at most all memory.</summary>
    public long NeedOf(CompileJob job) =>
        memory == 0 ? 0 : job.Forecast is { PeakMemory: > 0 and var peak } ? Math.Min(peak, memory) : memory / slots;

    /// <summary>Waits for a slot.</summary>
    /// <returns>Its number, from 1.</returns>
    public async ValueTask<int> EnterAsync(long need, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        LinkedListNode<Place> place;
        lock (_lock)
        {
            if (_waiting.Count == 0 && Fits(need))
            {
                return Take(need);
            }

            place = _waiting.AddLast(new Place(need));
        }

        using CancellationTokenRegistration leaving = cancellationToken.Register(() => GiveUp(place, cancellationToken));
        return await place.Value.Turn.Task.ConfigureAwait(false);
    }

    private bool Fits(long need) => _running < slots && (memory == 0 || _taken + need <= memory);

    private int Take(long need)
    {
        _running++;
        _taken += need;
        int slot = _free.Min;
        _free.Remove(slot);
        return slot;
    }

    public void Leave(long need, int slot)
    {
        lock (_lock)
        {
            _running--;
            _taken -= need;
            _free.Add(slot);
            Advance();
        }
    }

    private void GiveUp(LinkedListNode<Place> place, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (place.Value.Turn.TrySetCanceled(cancellationToken))
            {
                _waiting.Remove(place);
                Advance();
            }
        }
    }

    private void Advance()
    {
        while (_waiting.First is { } first && Fits(first.Value.Need))
        {
            _waiting.RemoveFirst();
            first.Value.Turn.SetResult(Take(first.Value.Need));
        }
    }

    private sealed record Place(long Need)
    {
        public TaskCompletionSource<int> Turn { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
