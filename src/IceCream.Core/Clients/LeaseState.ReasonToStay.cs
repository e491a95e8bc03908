using IceCream.Jobs;

namespace IceCream.Clients;

// Why waiting for a slot may be in vain, and what follows for waiting jobs.
internal sealed partial class LeaseState
{
    /// <summary>
    /// How long jobs wait for a scheduler that was there and is gone. Nodes reach its standby, or the same scheduler started again, within five seconds, and
    /// until then the held leases go on from job to job.
    /// </summary>
    public static readonly TimeSpan PatienceWithScheduler = TimeSpan.FromSeconds(5);

    private static readonly LocalOnlyReason AllHaveFailed = LocalOnlyReason.NoFarm("Every slot of the farm belongs to a worker that has just failed at a job.");

    private LocalOnlyReason? _reasonToStay = LocalOnlyReason.NoFarm("The scheduler has not answered yet.");
    private int _capacity = int.MaxValue;

    // The loss of a scheduler for which jobs still wait, and since when.
    private (LocalOnlyReason Reason, TimeSpan Since)? _lost;

    /// <summary>The most memory that a worker has, in bytes; <see cref="long.MaxValue"/> when one is unknown.</summary>
    public long LargestMemory { get; private set; } = long.MaxValue;

    /// <summary>Why waiting for a slot is in vain now; null when it is not.</summary>
    public LocalOnlyReason? ReasonToStay => _reasonToStay ?? (_quarantinedLeases.Count > 0 && _quarantinedLeases.Count >= _capacity ? AllHaveFailed : null);

    /// <summary>Why no job can go to a worker, not even on a lease that is still held; null when one can.</summary>
    public LocalOnlyReason? ReasonAllStay => _idle.Count + _inUse == 0 ? ReasonToStay : null;

    /// <summary>Sets how many slots the farm has for this agent's jobs: waiting makes sense while there are any.</summary>
    /// <param name="slots">0 or more.</param>
    /// <param name="largestMemory">The most memory that one of their workers has, in bytes; <see cref="long.MaxValue"/> when one is unknown.</param>
    /// <param name="reasonToStay">Why there are none, if there are none.</param>
    public void SetCapacity(int slots, long largestMemory, LocalOnlyReason reasonToStay)
    {
        if (slots == 0 && _lost is { } lost)
        {
            // Workers reach a standby a moment later than agents. Who waits for the scheduler waits for its workers as well.
            _lost = (reasonToStay, lost.Since);
            SayDemand();
            return;
        }

        (_capacity, LargestMemory) = (slots, largestMemory);
        foreach (WaitingPlace place in _waiting.TooLarge(largestMemory))
        {
            seekers.TurnAway(place);
        }

        SetReasonToStay(slots > 0 ? null : reasonToStay);
    }

    /// <summary>Sets why waiting is in vain; null when it makes sense. Waiting jobs are told.</summary>
    public void SetReasonToStay(LocalOnlyReason? reason)
    {
        (_reasonToStay, _lost) = (reason, null);
        TellThoseThatWait();
        if (reason is not null)
        {
            _demanded = null;
        }
        else
        {
            SayDemand();
        }
    }

    /// <summary>The scheduler is gone, or is still away. Jobs wait for it for <see cref="PatienceWithScheduler"/>, if it was there.</summary>
    /// <param name="reason">Why, for jobs that stay here afterwards.</param>
    /// <param name="now">The time.</param>
    public void Lose(LocalOnlyReason reason, LeaseTime now)
    {
        if (_reasonToStay is not null)
        {
            SetReasonToStay(reason);
            return;
        }

        // What was demanded of the former scheduler, the next one has to be told.
        _lost = (reason, _lost?.Since ?? now.Passed);
        _demanded = null;
        LosePatience(now);
    }

    private void LosePatience(LeaseTime now)
    {
        if (_lost is { } lost && now.Passed - lost.Since >= PatienceWithScheduler)
        {
            SetReasonToStay(lost.Reason);
        }
    }

    /// <summary>The job was at fault, and not the workers that failed at it: their quarantined leases are used again.</summary>
    public void Release(IReadOnlyCollection<string> workers, LeaseTime now)
    {
        List<(long Lease, string Worker, TimeSpan Since)> released = _quarantinedLeases.FindAll(held => workers.Contains(held.Worker) && !IsQuarantined(held.Worker, now));
        _quarantinedLeases.RemoveAll(released.Contains);
        foreach ((long lease, _, _) in released)
        {
            Offer(lease, now);
        }

        TellThoseThatWait();
        SayDemand();
    }

    /// <summary>A worker gave a wrong result: its present and later leases are quarantined for <see cref="QuarantineAfterWrongResult"/>.</summary>
    public void Quarantine(string worker, LeaseTime now)
    {
        _quarantined[worker] = now.Passed;
        foreach ((long idle, _) in _idle.FindAll(idle => _held[idle.Lease].Worker == worker))
        {
            _idle.RemoveAll(entry => entry.Lease == idle);
            QuarantineLease(_held[idle], now);
        }

        SayDemand();
    }

    private bool IsQuarantined(string worker, LeaseTime now)
    {
        if (!_quarantined.TryGetValue(worker, out TimeSpan since))
        {
            return false;
        }

        bool holds = now.Passed - since < QuarantineAfterWrongResult;
        if (!holds)
        {
            _quarantined.Remove(worker);
        }

        return holds;
    }

    private void TellThoseThatWait()
    {
        seekers.Reconsider();
        if (ReasonToStay is null)
        {
            return;
        }

        foreach (WaitingPlace place in _waiting.Clear())
        {
            seekers.TurnAway(place);
        }
    }

    /// <summary>The worker is unfit: this lease and its idle leases are quarantined.</summary>
    private void QuarantineWorkerOf(SlotLease lease, LeaseTime now)
    {
        QuarantineLease(lease, now);
        foreach ((long idle, _) in _idle.FindAll(idle => _held[idle.Lease].Worker == lease.Worker))
        {
            QuarantineLease(_held[idle], now);
        }

        _idle.RemoveAll(idle => _held[idle.Lease].Worker == lease.Worker);
    }

    private void QuarantineLease(SlotLease lease, LeaseTime now)
    {
        _quarantinedLeases.Add((lease.Id, lease.Worker, now.Passed));
        if (_quarantinedLeases.Count >= _capacity)
        {
            TellThoseThatWait();
        }
    }
}
