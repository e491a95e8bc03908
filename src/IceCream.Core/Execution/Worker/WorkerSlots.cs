using IceCream.Jobs;

namespace IceCream.Execution.Worker;

/// <summary>
/// Never more jobs at a time than slots, whatever leases say: a scheduler that was restarted may not know of all of them yet. And never jobs whose memory,
/// as it is expected, is more than the machine has for them: who comes first goes first, so that one which needs all of it is not passed by. A job has the lowest
/// slot that is free. Thread-safe.
/// </summary>
/// <param name="slots">How many at a time.</param>
/// <param name="memory">How many bytes they may take together; 0: nobody counts.</param>
internal sealed class WorkerSlots(int slots, long memory)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<Place> _waiting = [];
    private readonly SortedSet<int> _free = [.. Enumerable.Range(1, slots)];
    private long _taken;
    private int _running;

    /// <summary>How many jobs are under way.</summary>
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

    /// <summary>What a job is counted with: an equal part where nothing is known of it, and all there is where it is expected to take more.</summary>
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

    /// <summary>Gives a slot back.</summary>
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
