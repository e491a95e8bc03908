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
    public void Pardon(IReadOnlyCollection<string> workers)
    {
        lock (_lock)
        {
            List<(long Lease, string Worker, long Since)> pardoned = _spoilt.FindAll(spoilt => workers.Contains(spoilt.Worker) && !IsQuarantined(spoilt.Worker));
            _spoilt.RemoveAll(pardoned.Contains);
            foreach ((long lease, _, _) in pardoned)
            {
                Offer(lease);
            }

            TellThoseThatWait();
            SayDemand();
        }
    }

    /// <summary>A worker gave a wrong result: for <see cref="Quarantined"/> its leases are kept aside as often as they come.</summary>
    public void Quarantine(string worker)
    {
        lock (_lock)
        {
            _quarantined[worker] = time.GetTimestamp();
            foreach ((long idle, _) in _idle.FindAll(idle => _held[idle.Lease].Worker == worker))
            {
                _idle.RemoveAll(entry => entry.Lease == idle);
                KeepAside(_held[idle]);
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

        bool holds = time.GetElapsedTime(since) < Quarantined;
        if (!holds)
        {
            _quarantined.Remove(worker);
        }

        return holds;
    }

    private string? FindObstacle() =>
        _obstacle ?? (_spoilt.Count > 0 && _spoilt.Count >= _capacity ? "Every slot of the farm belongs to a worker that has just failed at a job." : null);

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
    private void Spoil(SlotLease lease)
    {
        KeepAside(lease);
        foreach ((long idle, _) in _idle.FindAll(idle => _held[idle.Lease].Worker == lease.Worker))
        {
            KeepAside(_held[idle]);
        }

        _idle.RemoveAll(idle => _held[idle.Lease].Worker == lease.Worker);
    }

    private void KeepAside(SlotLease lease)
    {
        _spoilt.Add((lease.Id, lease.Worker, time.GetTimestamp()));
        KeepTime();
        if (_spoilt.Count >= _capacity)
        {
            TellThoseThatWait();
        }
    }
}
