using IceCream.Jobs;

namespace IceCream.Clients;

/// <summary>The time, for a state machine without a clock.</summary>
/// <param name="Passed">The time since an arbitrary moment; it never decreases.</param>
/// <param name="Clock">The time of day, by which leases expire.</param>
internal readonly record struct LeaseTime(TimeSpan Passed, DateTimeOffset Clock);

/// <summary>
/// The slots that an agent holds, and the jobs that wait for one: a state machine that is given the time, without clock, lock or task. A lease goes from job to job
/// without another request to the scheduler. An unused lease is kept for a moment, because the next command of a build is about to come, and then returned. Leases on
/// an unfit worker are quarantined for a while: if they were returned at once, they would be granted again at once, because an unfit worker is an idle one.
/// </summary>
/// <param name="broker">Sends messages to the scheduler.</param>
/// <param name="seekers">The jobs that wait.</param>
/// <param name="own">The cores of this machine; null: none of them runs jobs that could go to a worker.</param>
/// <param name="linger">How long an unused lease is kept.</param>
internal sealed partial class LeaseState(ILeaseBroker broker, ISlotSeekers seekers, IOwnCores? own, TimeSpan linger)
{
    /// <summary>How long leases on an unfit worker are withheld from jobs and from the scheduler.</summary>
    public static readonly TimeSpan QuarantineAfterFailure = TimeSpan.FromSeconds(10);

    /// <summary>How long a worker gets no jobs after one of its results was found to be wrong.</summary>
    public static readonly TimeSpan QuarantineAfterWrongResult = TimeSpan.FromHours(1);

    private readonly Dictionary<long, SlotLease> _held = [];
    private readonly Dictionary<long, SlotLease> _busy = [];
    private readonly List<(long Lease, TimeSpan Since)> _idle = [];
    private readonly List<(long Lease, string Worker, TimeSpan Since)> _quarantinedLeases = [];
    private readonly HashSet<long> _recalled = [];
    private readonly Dictionary<string, TimeSpan> _quarantined = new(StringComparer.Ordinal);
    private readonly SlotQueue _waiting = new();
    private int _inUse;

    // The demand that the scheduler was told last; null when it may not have arrived.
    private (int Wanted, long LeastMemory)? _demanded = (0, 0);

    /// <summary>The held leases, for a scheduler that must learn of them again.</summary>
    public IReadOnlyCollection<SlotLease> Held => _held.Values;

    /// <summary>How many jobs wait.</summary>
    public int Waiting => _waiting.Count;

    /// <summary>How many leases are in use.</summary>
    public int InUse => _inUse;

    /// <summary>Whether time alone can change the state: then <see cref="Pass"/> must be called regularly.</summary>
    public bool IsTimeKept => _idle.Count + _quarantinedLeases.Count > 0 || _lost is not null;

    /// <summary>Asks for a slot for a job.</summary>
    /// <param name="place">The job, as it would wait.</param>
    /// <param name="now">The time.</param>
    /// <param name="waits">Whether the job now waits, and will be told. If it does not and has no slot, waiting is in vain: <see cref="ReasonToStay"/> says why.</param>
    /// <returns>The slot, if one is free at once.</returns>
    public SlotGrant? Acquire(WaitingPlace place, LeaseTime now, out bool waits)
    {
        waits = false;
        if (TakeIdle(place, now) is { } grant)
        {
            _inUse++;
            SayDemand();
            return grant;
        }

        if (ReasonToStay is not null || place.Memory > LargestMemory)
        {
            return null;
        }

        _waiting.Join(place);
        waits = true;
        SayDemand();
        return null;
    }

    /// <summary>Ends a job's wait.</summary>
    /// <returns>Whether the job was waiting; if not, it has been told of the outcome already.</returns>
    public bool Leave(WaitingPlace place)
    {
        bool waited = _waiting.Leave(place);
        if (waited)
        {
            SayDemand();
        }

        return waited;
    }

    /// <summary>Releases a worker's slot when its job is done.</summary>
    /// <param name="lease">The slot, as it was given.</param>
    /// <param name="workerFailed">Whether the worker turned out to be unfit: then its other leases are not used again either.</param>
    /// <param name="now">The time.</param>
    public void Release(SlotLease lease, bool workerFailed, LeaseTime now)
    {
        _inUse--;
        _busy.Remove(lease.Id);
        if (_held.ContainsKey(lease.Id))
        {
            if (_recalled.Remove(lease.Id))
            {
                GiveBack(lease.Id);
            }
            else if (workerFailed || IsQuarantined(lease.Worker, now))
            {
                QuarantineWorkerOf(lease, now);
            }
            else
            {
                Offer(lease.Id, now);
            }
        }

        SayDemand();
    }

    /// <summary>The scheduler granted a lease.</summary>
    public void Granted(SlotLease lease, LeaseTime now)
    {
        _held[lease.Id] = lease;
        if (IsQuarantined(lease.Worker, now) || _quarantinedLeases.Exists(held => held.Worker == lease.Worker))
        {
            QuarantineLease(lease, now);
        }
        else
        {
            Offer(lease.Id, now);
        }

        SayDemand();
    }

    /// <summary>
    /// The scheduler extended a lease. One that is not held was returned while no scheduler could hear it, after the greeting had told of it: it is returned again,
    /// or its slot would be lost to everybody for as long as the connection lasts.
    /// </summary>
    public void Renewed(SlotLease lease)
    {
        if (_held.ContainsKey(lease.Id))
        {
            _held[lease.Id] = lease;
        }
        else
        {
            broker.Return(lease.Id);
        }
    }

    /// <summary>The scheduler recalled a lease, which is returned as soon as its job has ended.</summary>
    public void Recalled(long lease)
    {
        if (!_held.ContainsKey(lease))
        {
            return;
        }

        if (_idle.RemoveAll(idle => idle.Lease == lease) + _quarantinedLeases.RemoveAll(held => held.Lease == lease) > 0)
        {
            GiveBack(lease);
            SayDemand();
        }
        else
        {
            _recalled.Add(lease);
        }
    }

    /// <summary>The scheduler revoked a lease. The job that uses it learns that from its worker.</summary>
    public void Revoked(long lease)
    {
        _held.Remove(lease);
        _recalled.Remove(lease);
        _idle.RemoveAll(idle => idle.Lease == lease);
        _quarantinedLeases.RemoveAll(held => held.Lease == lease);
        SayDemand();
    }

    /// <summary>Time has passed: leases are returned that stayed unused, or were quarantined, for long enough.</summary>
    public void Pass(LeaseTime now)
    {
        _idle.RemoveAll(idle => TryServe(idle.Lease, now));
        _idle.RemoveAll(idle =>
        {
            bool over = now.Passed - idle.Since >= linger && !_waiting.HasUseFor(_held[idle.Lease]);
            if (over)
            {
                GiveBack(idle.Lease);
            }

            return over;
        });
        _quarantinedLeases.RemoveAll(held =>
        {
            bool over = now.Passed - held.Since >= QuarantineAfterFailure;
            if (over)
            {
                GiveBack(held.Lease);
            }

            return over;
        });
        LosePatience(now);
        TellThoseThatWait();
        SayDemand();
    }

    /// <summary>A job failed on workers and another worker did it, so those workers are to blame. The scheduler is told.</summary>
    public void Blame(IEnumerable<string> workers)
    {
        foreach (string worker in workers)
        {
            broker.Blame(worker);
        }
    }

    /// <summary>Gives a free lease to the next job in the queue, or keeps it for a moment.</summary>
    private void Offer(long lease, LeaseTime now)
    {
        if (!TryServe(lease, now))
        {
            _idle.Add((lease, now.Passed));
        }
    }

    private void GiveBack(long lease)
    {
        _held.Remove(lease);
        broker.Return(lease);
    }

    private void SayDemand()
    {
        // The scheduler counts quarantined leases as used, so the demand adds them to what is wanted.
        (int Wanted, long LeastMemory) demand = (_waiting.Count + _inUse + _quarantinedLeases.Count, _waiting.LeastMemory);
        if (demand != _demanded)
        {
            // While there is no scheduler, nobody has received the demand.
            _demanded = _reasonToStay is null && _lost is null ? demand : null;
            broker.Demand(demand.Wanted, demand.LeastMemory);
        }
    }
}
