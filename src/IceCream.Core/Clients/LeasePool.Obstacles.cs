using IceCream.Jobs;

namespace IceCream.Clients;

// Why waiting for a slot may be in vain, and what follows for those that wait.
internal sealed partial class LeasePool
{
    /// <summary>Why waiting is in vain now; null when it is not.</summary>
    public string? Obstacle
    {
        get
        {
            lock (_lock)
            {
                return FindObstacle();
            }
        }
    }

    /// <summary>Why no job can leave, also not by a lease that is held still; null when one may.</summary>
    public string? Closed
    {
        get
        {
            lock (_lock)
            {
                return _idle.Count + _inUse == 0 ? FindObstacle() : null;
            }
        }
    }

    /// <summary>Waits until waiting for a slot makes sense, but not longer than <paramref name="patience"/>.</summary>
    public async ValueTask AwaitFarmAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        using var enough = new CancellationTokenSource(patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(enough.Token, cancellationToken);
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (FindObstacle() is null)
                {
                    return;
                }

                changed = _changed.Task;
            }

            try
            {
                await changed.WaitAsync(either.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // Patience is at its end: the obstacle stands.
                return;
            }
        }
    }

    /// <summary>How many slots the farm has for the jobs of this agent: waiting makes sense while there are any.</summary>
    /// <param name="slots">0 or more.</param>
    /// <param name="largestMemory">The most memory that one of their workers has, in bytes; the largest number when one has not said.</param>
    /// <param name="obstacle">Why there are none, when there are none.</param>
    public void SetCapacity(int slots, long largestMemory, string obstacle)
    {
        lock (_lock)
        {
            (_capacity, _largestMemory) = (slots, largestMemory);
            foreach (WaitingPlace place in _waiting.TooLarge(largestMemory))
            {
                place.Slot.TrySetResult(null);
            }

            SetObstacle(slots > 0 ? null : obstacle);
        }
    }

    /// <summary>Whether waiting makes sense: null when it does, else why not. Those that wait are told.</summary>
    public void SetObstacle(string? obstacle)
    {
        lock (_lock)
        {
            _obstacle = obstacle;
            TellThoseThatWait();
            if (obstacle is not null)
            {
                _demanded = default;
            }
            else
            {
                SayDemand();
            }
        }
    }

    /// <summary>The job was at fault and not the workers that failed at it: what was set aside of them is used again.</summary>
    public void Release(IReadOnlyCollection<string> workers)
    {
        lock (_lock)
        {
            List<(long Lease, string Worker, long Since)> released = _quarantinedLeases.FindAll(held => workers.Contains(held.Worker) && !IsQuarantined(held.Worker));
            _quarantinedLeases.RemoveAll(released.Contains);
            foreach ((long lease, _, _) in released)
            {
                Offer(lease);
            }

            TellThoseThatWait();
            SayDemand();
        }
    }

    /// <summary>A worker gave a wrong result: for <see cref="QuarantineAfterWrongResult"/> its leases are kept aside as often as they come.</summary>
    public void Quarantine(string worker)
    {
        lock (_lock)
        {
            _quarantined[worker] = time.GetTimestamp();
            foreach ((long idle, _) in _idle.FindAll(idle => _held[idle.Lease].Worker == worker))
            {
                _idle.RemoveAll(entry => entry.Lease == idle);
                QuarantineLease(_held[idle]);
            }

            SayDemand();
        }
    }

    private bool IsQuarantined(string worker)
    {
        if (!_quarantined.TryGetValue(worker, out long since))
        {
            return false;
        }

        bool holds = time.GetElapsedTime(since) < QuarantineAfterWrongResult;
        if (!holds)
        {
            _quarantined.Remove(worker);
        }

        return holds;
    }

    private string? FindObstacle() =>
        _obstacle ?? (_quarantinedLeases.Count > 0 && _quarantinedLeases.Count >= _capacity ? "Every slot of the farm belongs to a worker that has just failed at a job." : null);

    private void TellThoseThatWait()
    {
        _changed.SetResult();
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (FindObstacle() is null)
        {
            return;
        }

        foreach (WaitingPlace place in _waiting.Clear())
        {
            place.Slot.TrySetResult(null);
        }
    }

    /// <summary>The worker is unfit: what is held of it is set aside, used or not.</summary>
    private void QuarantineWorkerOf(SlotLease lease)
    {
        QuarantineLease(lease);
        foreach ((long idle, _) in _idle.FindAll(idle => _held[idle.Lease].Worker == lease.Worker))
        {
            QuarantineLease(_held[idle]);
        }

        _idle.RemoveAll(idle => _held[idle.Lease].Worker == lease.Worker);
    }

    private void QuarantineLease(SlotLease lease)
    {
        _quarantinedLeases.Add((lease.Id, lease.Worker, time.GetTimestamp()));
        KeepTime();
        if (_quarantinedLeases.Count >= _capacity)
        {
            TellThoseThatWait();
        }
    }
}
