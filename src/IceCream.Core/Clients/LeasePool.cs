using IceCream.Jobs;

namespace IceCream.Clients;

/// <summary>The slots that an agent holds, for jobs that wait asynchronously: the lock, the timers and the clock around a <see cref="LeaseState"/>.</summary>
internal sealed class LeasePool : ISlotSeekers, IDisposable
{
    private readonly Lock _lock = new();
    private readonly LeaseState _state;
    private readonly TimeProvider _time;
    private readonly TimeSpan _linger;
    private ITimer? _lingering, _watching;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="broker">Sends messages to the scheduler. Called with the lock held.</param>
    /// <param name="time">The clock.</param>
    /// <param name="linger">How long an unused lease is kept.</param>
    /// <param name="own">The cores of this machine; null: none of them runs jobs that could go to a worker.</param>
    public LeasePool(ILeaseBroker broker, TimeProvider time, TimeSpan linger, IOwnCores? own = null)
    {
        (_time, _linger, Own) = (time, linger, own);
        _state = new LeaseState(broker, this, own, linger);
        if (own is not null)
        {
            own.Freed += ServeHere;
        }
    }

    /// <summary>The cores of this machine; null: none of them runs jobs that could go to a worker.</summary>
    public IOwnCores? Own { get; }

    /// <inheritdoc cref="LeaseState.Held"/>
    public IReadOnlyList<SlotLease> Held
    {
        get
        {
            lock (_lock)
            {
                return [.. _state.Held];
            }
        }
    }

    /// <inheritdoc cref="LeaseState.ReasonToStay"/>
    public LocalOnlyReason? ReasonToStay => Read(static state => state.ReasonToStay);

    /// <inheritdoc cref="LeaseState.ReasonAllStay"/>
    public LocalOnlyReason? ReasonAllStay => Read(static state => state.ReasonAllStay);

    /// <inheritdoc cref="LeaseState.LargestMemory"/>
    public long LargestMemory => Read(static state => state.LargestMemory);

    private LeaseTime Now => new(_time.GetElapsedTime(0), _time.GetUtcNow());

    /// <summary>Waits for a slot.</summary>
    /// <param name="size">The job's expected duration on an average worker, in microseconds: long jobs are served first.</param>
    /// <param name="memory">How much memory it is expected to take, in bytes; 0: any worker will do.</param>
    /// <param name="cancellationToken">Leaves the queue.</param>
    /// <returns>Null when waiting is in vain: <see cref="ReasonToStay"/> says why.</returns>
    public ValueTask<SlotHolding?> AcquireAsync(long size, long memory, CancellationToken cancellationToken) =>
        AcquireAsync(size, memory, mayBeHere: false, notOn: null, cancellationToken);

    /// <summary>Waits for a slot that may be a core of this machine, or must not be on a given worker.</summary>
    /// <param name="size">As above.</param>
    /// <param name="memory">As above.</param>
    /// <param name="mayBeHere">Whether a core of this machine will do as well.</param>
    /// <param name="notOn">The worker that already runs the job, when another is to run it too.</param>
    /// <param name="cancellationToken">Leaves the queue.</param>
    /// <returns>As above.</returns>
    public ValueTask<SlotHolding?> AcquireAsync(long size, long memory, bool mayBeHere, string? notOn, CancellationToken cancellationToken) =>
        AcquireAsync(size, memory, mayBeHere, notOn, isUrgent: false, cancellationToken);

    private async ValueTask<SlotHolding?> AcquireAsync(
        long size, long memory, bool mayBeHere, string? notOn, bool isUrgent, CancellationToken cancellationToken)
    {
        Seeker seeker;
        lock (_lock)
        {
            LeaseTime now = Now;
            seeker = new Seeker(size, memory, now.Passed.TotalMicroseconds) { NotOn = notOn, MayBeHere = mayBeHere, IsUrgent = isUrgent };
            SlotGrant? grant = _state.Acquire(seeker, now, out bool waits);
            KeepTime();
            if (!waits)
            {
                return grant is { } slot ? HoldingOf(slot) : null;
            }

            seeker.Slot = new TaskCompletionSource<SlotHolding?>(TaskCreationOptions.RunContinuationsAsynchronously);
            if (mayBeHere && Own is not null)
            {
                // The timer runs while jobs wait that a core of this machine may run.
                _watching ??= _time.CreateTimer(_ => ServeHere(), null, LeaseState.LookEvery, LeaseState.LookEvery);
            }
        }

        using CancellationTokenRegistration leaving = cancellationToken.Register(() => Leave(seeker, cancellationToken));
        return await seeker.Slot.Task.ConfigureAwait(false);
    }

    /// <summary>
    /// Gets a second slot for a job that a worker already runs, perhaps in vain. An urgent job, whose worker is silent, queues before the jobs that have not begun;
    /// any other job gets only a slot that no job waits for.
    /// </summary>
    /// <param name="size">The job's expected duration on an average worker, in microseconds.</param>
    /// <param name="memory">How much memory it is expected to take, in bytes; 0: any worker will do.</param>
    /// <param name="notOn">The worker that runs the job; empty when this machine runs it.</param>
    /// <param name="mayBeHere">Whether a core of this machine will do.</param>
    /// <param name="isUrgent">Whether the job queues for a slot although others wait.</param>
    /// <param name="cancellationToken">Leaves the queue.</param>
    /// <returns>Null when there is none.</returns>
    public async ValueTask<SlotHolding?> AcquireSecondAsync(
        long size, long memory, string notOn, bool mayBeHere, bool isUrgent, CancellationToken cancellationToken)
    {
        mayBeHere &= notOn.Length > 0;
        lock (_lock)
        {
            SlotGrant? core = _state.TakeSecond(size, memory, notOn, mayBeHere, isUrgent, out bool mayAsk);
            if (core is not null || !mayAsk)
            {
                return core is { } grant ? HoldingOf(grant) : null;
            }
        }

        return await AcquireAsync(size, memory, mayBeHere, notOn, isUrgent, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits until waiting for a slot makes sense, but not longer than <paramref name="patience"/>.</summary>
    public async ValueTask AwaitFarmAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        using var enough = new CancellationTokenSource(patience, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(enough.Token, cancellationToken);
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_state.ReasonToStay is null)
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
                // The patience has run out, and there is still no farm.
                return;
            }
        }
    }

    /// <inheritdoc cref="LeaseState.SetCapacity"/>
    public void SetCapacity(int slots, long largestMemory, LocalOnlyReason reasonToStay) =>
        Change((slots, largestMemory, reasonToStay), static (state, to, _) => state.SetCapacity(to.slots, to.largestMemory, to.reasonToStay));

    /// <inheritdoc cref="LeaseState.SetReasonToStay"/>
    public void SetReasonToStay(LocalOnlyReason? reason) => Change(reason, static (state, why, _) => state.SetReasonToStay(why));

    /// <inheritdoc cref="LeaseState.Lose"/>
    public void Lose(LocalOnlyReason reason) => Change(reason, static (state, why, now) => state.Lose(why, now));

    /// <inheritdoc cref="LeaseState.Granted"/>
    public void Granted(SlotLease lease) => Change(lease, static (state, granted, now) => state.Granted(granted, now));

    /// <inheritdoc cref="LeaseState.Renewed"/>
    public void Renewed(SlotLease lease) => Change(lease, static (state, renewed, _) => state.Renewed(renewed));

    /// <inheritdoc cref="LeaseState.Recalled"/>
    public void Recalled(long lease) => Change(lease, static (state, recalled, _) => state.Recalled(recalled));

    /// <inheritdoc cref="LeaseState.Revoked"/>
    public void Revoked(long lease) => Change(lease, static (state, revoked, _) => state.Revoked(revoked));

    /// <inheritdoc cref="LeaseState.Release(IReadOnlyCollection{string}, LeaseTime)"/>
    public void Release(IReadOnlyCollection<string> workers) => Change(workers, static (state, released, now) => state.Release(released, now));

    /// <inheritdoc cref="LeaseState.Quarantine"/>
    public void Quarantine(string worker) => Change(worker, static (state, unfit, now) => state.Quarantine(unfit, now));

    /// <inheritdoc cref="LeaseState.Blame"/>
    public void Blame(IEnumerable<string> workers) => Change(workers, static (state, blamed, _) => state.Blame(blamed));

    /// <inheritdoc cref="LeaseState.Outrun"/>
    public void Outrun(string worker, double speed) => Change((worker, speed), static (state, slow, _) => state.Outrun(slow.worker, slow.speed));

    /// <inheritdoc cref="LeaseState.FastestBeside"/>
    public double FastestBeside(string worker)
    {
        lock (_lock)
        {
            return _state.FastestBeside(worker, _time.GetElapsedTime(0));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        SetReasonToStay(LocalOnlyReason.NoFarm("The agent is closing."));
        _lingering?.Dispose();
        _watching?.Dispose();
    }

    /// <inheritdoc/>
    void ISlotSeekers.Serve(WaitingPlace place, SlotGrant grant) => ((Seeker)place).Slot!.SetResult(HoldingOf(grant));

    /// <inheritdoc/>
    void ISlotSeekers.TurnAway(WaitingPlace place) => ((Seeker)place).Slot!.SetResult(null);

    /// <inheritdoc/>
    void ISlotSeekers.Reconsider()
    {
        _changed.SetResult();
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    internal void Release(SlotLease lease, bool workerFailed) => Change((lease, workerFailed), static (state, used, now) => state.Release(used.lease, used.workerFailed, now));

    private SlotHolding HoldingOf(in SlotGrant grant) => new(this, grant.Lease, grant.Core) { HasWaited = grant.HasWaited, Candidates = grant.Candidates };

    private void Leave(Seeker seeker, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_state.Leave(seeker))
            {
                seeker.Slot!.SetCanceled(cancellationToken);
            }
        }
    }

    private T Read<T>(Func<LeaseState, T> read)
    {
        lock (_lock)
        {
            return read(_state);
        }
    }

    private void Change<T>(T what, Action<LeaseState, T, LeaseTime> change)
    {
        lock (_lock)
        {
            change(_state, what, Now);
            KeepTime();
        }
    }

    private void KeepTime() => _lingering ??= _state.IsTimeKept ? _time.CreateTimer(_ => Pass(), null, _linger, _linger) : null;

    private void Pass()
    {
        lock (_lock)
        {
            _state.Pass(Now);
            if (!_state.IsTimeKept)
            {
                _lingering?.Dispose();
                _lingering = null;
            }
        }
    }

    private void ServeHere()
    {
        lock (_lock)
        {
            if (!_state.ServeHere(Now))
            {
                _watching?.Dispose();
                _watching = null;
            }
        }
    }

    /// <summary>A job that waits asynchronously.</summary>
    private sealed class Seeker(long size, long memory, double since) : WaitingPlace(size, memory, since)
    {
        /// <summary>Completes with the slot, or with null when waiting is in vain. Set as soon as the job waits.</summary>
        public TaskCompletionSource<SlotHolding?>? Slot { get; set; }
    }
}
