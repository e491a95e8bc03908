using IceCream.Jobs;

namespace IceCream.Clients;

/// <summary>What a pool says to the scheduler. Called with the pool's lock held: it must not call back.</summary>
internal interface ILeaseBroker
{
    /// <summary>How many slots could be used now.</summary>
    /// <param name="wanted">For jobs that wait and jobs that run.</param>
    /// <param name="leastMemory">What the least demanding of those that wait takes, in bytes; 0 when any worker will do.</param>
    void Demand(int wanted, long leastMemory);

    /// <summary>A lease that is not needed any more, or was asked for.</summary>
    void Return(long lease);

    /// <summary>A worker failed at a job that another did.</summary>
    void Blame(string worker);

    /// <summary>A worker had not done a job when another had.</summary>
    /// <param name="worker">Its name.</param>
    /// <param name="speed">How fast it is at most, where the average worker has 1.</param>
    void Outrun(string worker, double speed);
}

/// <summary>
/// The slots that an agent holds. A lease goes from job to job without asking the scheduler again; one that nobody wants is kept for a
/// moment, since the next command of a build is about to come, and then returned. Leases on a worker that turned out unfit are kept aside
/// for a while: given back at once, they would be granted again at once, for an unfit worker is an idle one.
/// </summary>
internal sealed partial class LeasePool(ILeaseBroker broker, TimeProvider time, TimeSpan linger) : IDisposable
{
    /// <summary>How long leases on an unfit worker are kept from jobs and from the scheduler.</summary>
    public static readonly TimeSpan QuarantineAfterFailure = TimeSpan.FromSeconds(10);

    /// <summary>How long a worker gets no jobs whose results were found to be wrong.</summary>
    public static readonly TimeSpan QuarantineAfterWrongResult = TimeSpan.FromHours(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<long, SlotLease> _held = [];
    private readonly List<(long Lease, long Since)> _idle = [];
    private readonly List<(long Lease, string Worker, long Since)> _quarantinedLeases = [];
    private readonly HashSet<long> _recalled = [];
    private readonly Dictionary<string, long> _quarantined = new(StringComparer.Ordinal);
    private readonly SlotQueue _waiting = new();
    private ITimer? _lingering;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string? _obstacle = "The scheduler has not answered yet.";
    private int _capacity = int.MaxValue;
    private long _largestMemory = long.MaxValue;
    private readonly Dictionary<long, SlotLease> _busy = [];
    private int _inUse;
    private (int Wanted, long LeastMemory) _demanded;

    /// <summary>The leases that are held, for a scheduler that has to learn of them again.</summary>
    public IReadOnlyList<SlotLease> Held
    {
        get
        {
            lock (_lock)
            {
                return [.. _held.Values];
            }
        }
    }

    /// <summary>Waits for a slot.</summary>
    /// <param name="size">How long the job is thought to take on an average worker, in microseconds: long ones are served first.</param>
    /// <param name="memory">How much memory it is expected to take, in bytes; 0: any worker will do.</param>
    /// <param name="cancellationToken">Leaves the line.</param>
    /// <returns>Null when waiting is in vain: <see cref="Obstacle"/> says why.</returns>
    public ValueTask<SlotHolding?> AcquireAsync(long size, long memory, CancellationToken cancellationToken) =>
        AcquireAsync(size, memory, mayBeHere: false, notOn: null, cancellationToken);

    /// <summary>Waits for a slot that may be a core of this machine, or must not be one of a worker.</summary>
    /// <param name="size">As above.</param>
    /// <param name="memory">As above.</param>
    /// <param name="mayBeHere">Whether a core of this machine will do as well.</param>
    /// <param name="notOn">The worker that does the job already, when it is to be done by another too.</param>
    /// <param name="cancellationToken">Leaves the line.</param>
    /// <returns>As above.</returns>
    public async ValueTask<SlotHolding?> AcquireAsync(long size, long memory, bool mayBeHere, string? notOn, CancellationToken cancellationToken)
    {
        WaitingPlace place;
        lock (_lock)
        {
            place = new WaitingPlace(size, memory, Now) { NotOn = notOn, MayBeHere = mayBeHere };
            if (TakeIdle(place) is { } holding)
            {
                _inUse++;
                SayDemand();
                return holding;
            }

            if (FindObstacle() is not null || memory > _largestMemory)
            {
                return null;
            }

            _waiting.Join(place);
            if (mayBeHere)
            {
                WatchOwn();
            }

            SayDemand();
        }

        using CancellationTokenRegistration leaving = cancellationToken.Register(() => Leave(place, cancellationToken));
        return await place.Slot.Task.ConfigureAwait(false);
    }

    /// <summary>The scheduler gave a slot.</summary>
    public void Granted(SlotLease lease)
    {
        lock (_lock)
        {
            _held[lease.Id] = lease;
            if (IsQuarantined(lease.Worker) || _quarantinedLeases.Exists(held => held.Worker == lease.Worker))
            {
                QuarantineLease(lease);
            }
            else
            {
                Offer(lease.Id);
            }

            SayDemand();
        }
    }

    /// <summary>The scheduler gave a lease a later end.</summary>
    public void Renewed(SlotLease lease)
    {
        lock (_lock)
        {
            if (_held.ContainsKey(lease.Id))
            {
                _held[lease.Id] = lease;
            }
        }
    }

    /// <summary>The scheduler wants a lease back as soon as its job has ended.</summary>
    public void Recalled(long lease)
    {
        lock (_lock)
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
    }

    /// <summary>A lease is void. The job that uses it learns that from its worker.</summary>
    public void Revoked(long lease)
    {
        lock (_lock)
        {
            _held.Remove(lease);
            _recalled.Remove(lease);
            _idle.RemoveAll(idle => idle.Lease == lease);
            _quarantinedLeases.RemoveAll(held => held.Lease == lease);
            SayDemand();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        SetObstacle("The agent is closing.");
        _lingering?.Dispose();
        _watching?.Dispose();
    }

    internal void Release(SlotLease lease, bool workerFailed)
    {
        lock (_lock)
        {
            _inUse--;
            _busy.Remove(lease.Id);
            if (_held.ContainsKey(lease.Id))
            {
                if (_recalled.Remove(lease.Id))
                {
                    GiveBack(lease.Id);
                }
                else if (workerFailed || IsQuarantined(lease.Worker))
                {
                    QuarantineWorkerOf(lease);
                }
                else
                {
                    Offer(lease.Id);
                }
            }

            SayDemand();
        }
    }

    private void Leave(WaitingPlace place, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (place.Slot.TrySetCanceled(cancellationToken))
            {
                _waiting.Leave(place);
                SayDemand();
            }
        }
    }

    /// <summary>Gives a free lease to the next job in the line, or keeps it for a moment.</summary>
    private void Offer(long lease)
    {
        if (!TryServe(lease))
        {
            _idle.Add((lease, time.GetTimestamp()));
            KeepTime();
        }
    }

    private void KeepTime() => _lingering ??= time.CreateTimer(_ => ReturnIdle(), null, linger, linger);

    private void ReturnIdle()
    {
        lock (_lock)
        {
            _idle.RemoveAll(idle => TryServe(idle.Lease));
            _idle.RemoveAll(idle =>
            {
                bool over = time.GetElapsedTime(idle.Since) >= linger && !_waiting.HasUseFor(_held[idle.Lease]);
                if (over)
                {
                    GiveBack(idle.Lease);
                }

                return over;
            });
            _quarantinedLeases.RemoveAll(held =>
            {
                bool over = time.GetElapsedTime(held.Since) >= QuarantineAfterFailure;
                if (over)
                {
                    GiveBack(held.Lease);
                }

                return over;
            });
            TellThoseThatWait();
            SayDemand();
            if (_idle.Count + _quarantinedLeases.Count == 0)
            {
                _lingering?.Dispose();
                _lingering = null;
            }
        }
    }

    private void GiveBack(long lease)
    {
        _held.Remove(lease);
        broker.Return(lease);
    }

    private void SayDemand()
    {
        // Leases kept aside are used up as far as the scheduler is concerned: what is wanted, is wanted besides.
        (int Wanted, long LeastMemory) demand = (_waiting.Count + _inUse + _quarantinedLeases.Count, _waiting.LeastMemory);
        if (demand != _demanded)
        {
            _demanded = demand;
            broker.Demand(demand.Wanted, demand.LeastMemory);
        }
    }
}
