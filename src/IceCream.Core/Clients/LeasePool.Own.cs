using IceCream.Jobs;

namespace IceCream.Clients;

// The cores of this machine beside the slots of workers, and second slots for jobs that are under way.
internal sealed partial class LeasePool
{
    /// <summary>How often it is looked whether a core of this machine is idle, while jobs wait.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(100);

    private readonly IOwnCores? _own;
    private (string Worker, double Speed)[] _fastest = [];
    private long _ranked;
    private ITimer? _watching;

    /// <summary>The cores of this machine; null: none of them does jobs that could leave.</summary>
    public IOwnCores? Own
    {
        get => _own;
        init
        {
            _own = value;
            if (value is not null)
            {
                value.Freed += ServeHere;
            }
        }
    }

    /// <summary>
    /// A second slot for a job that is done on a worker already, and perhaps in vain. One that is urgent, since its worker is not heard of, stands in the line with
    /// the others; else it is given what nobody waits for.
    /// </summary>
    /// <param name="size">How long the job is thought to take on an average worker, in microseconds.</param>
    /// <param name="memory">How much memory it is expected to take, in bytes; 0: any worker will do.</param>
    /// <param name="notOn">The worker that has the job; empty when this machine has it.</param>
    /// <param name="mayBeHere">Whether a core of this machine will do.</param>
    /// <param name="isUrgent">Whether it waits for a slot with the others.</param>
    /// <param name="cancellationToken">Leaves the line.</param>
    /// <returns>Null when there is none.</returns>
    public async ValueTask<SlotHolding?> AcquireSecondAsync(
        long size, long memory, string notOn, bool mayBeHere, bool isUrgent, CancellationToken cancellationToken)
    {
        mayBeHere &= notOn.Length > 0;
        lock (_lock)
        {
            if (!isUrgent && _waiting.Count > 0)
            {
                return null;
            }

            // Those beyond what is held are the scheduler's, and free as far as anybody here knows.
            bool mayGrow = _idle.Exists(idle => _held[idle.Lease].Worker != notOn) || _inUse + _quarantinedLeases.Count < _capacity;
            bool isFasterAway = _idle.Exists(idle => _held[idle.Lease] is var lease && lease.Worker != notOn && lease.Speed > _own?.Speed);
            if (mayBeHere && !isFasterAway && TakeHere(new WaitingPlace(size, memory, double.NegativeInfinity) { MayBeHere = true }) is { } core)
            {
                return core;
            }

            if (!isUrgent && !mayGrow)
            {
                return null;
            }
        }

        return await AcquireAsync(size, memory, mayBeHere, notOn, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>How fast the fastest other worker is whose slots are held; the average, where there may be others.</summary>
    public double FastestBeside(string worker)
    {
        lock (_lock)
        {
            // Every job that is under way asks, again and again: of thousands of leases the two fastest workers are looked up once for all of them.
            if (time.GetElapsedTime(_ranked) >= LookEvery)
            {
                _ranked = time.GetTimestamp();
                _fastest = [.. _held.Values.GroupBy(static lease => lease.Worker, static lease => lease.Speed, static (name, speeds) => (name, speeds.Max()))
                    .OrderByDescending(static one => one.Item2).Take(2)];
            }

            return _fastest.FirstOrDefault(one => one.Worker != worker) is { Speed: > 0 and var speed } ? speed : 1;
        }
    }

    /// <summary>A worker was slower at a job than another: its slots count as no faster than that, and the scheduler is told.</summary>
    /// <param name="worker">Its name.</param>
    /// <param name="speed">How fast it is at most.</param>
    public void Outrun(string worker, double speed)
    {
        lock (_lock)
        {
            foreach (SlotLease lease in _held.Values.Where(lease => lease.Worker == worker && lease.Speed > speed).ToArray())
            {
                _held[lease.Id] = lease with { Speed = speed };
            }

            broker.Outrun(worker, speed);
        }
    }

    /// <summary>Looks at the cores of this machine for as long as jobs wait that one of them may do.</summary>
    private void WatchOwn()
    {
        if (_own is not null)
        {
            _watching ??= time.CreateTimer(_ => ServeHere(), null, LookEvery, LookEvery);
        }
    }

    /// <summary>Gives idle cores of this machine to jobs that would be done there sooner than if they waited for a worker.</summary>
    private void ServeHere()
    {
        lock (_lock)
        {
            if (_waiting.Count == 0)
            {
                _watching?.Dispose();
                _watching = null;
                return;
            }

            while (TakeHere() is { } holding)
            {
                if (!Serve(holding))
                {
                    return;
                }
            }

            SayDemand();
        }
    }

    /// <summary>Gives a core to one that waits.</summary>
    private bool Serve(SlotHolding holding)
    {
        while (_waiting.Next(holding.Lease, Speeds(), Now) is { } next)
        {
            if (next.Slot.TrySetResult(holding))
            {
                return true;
            }
        }

        holding.Dispose();
        return false;
    }

    /// <summary>A core, when one of those that wait would be given it.</summary>
    private SlotHolding? TakeHere()
    {
        if (_own is null)
        {
            return null;
        }

        SlotLease lease = SlotLease.Here(_own.Speed, _own.Memory);
        if (lease.Memory == 0 || !_waiting.HasNext(lease, Speeds(), Now))
        {
            return null;
        }

        return _own.TryTake() is { } core ? new SlotHolding(this, lease, core) { HasWaited = true, Candidates = CandidatesOf(lease, _held.Values) } : null;
    }

    /// <summary>A core for one job.</summary>
    private SlotHolding? TakeHere(WaitingPlace place)
    {
        if (_own is null)
        {
            return null;
        }

        SlotLease lease = SlotLease.Here(_own.Speed, _own.Memory);
        if (lease.Memory == 0 || !SlotQueue.Suits(lease, place))
        {
            return null;
        }

        return _own.TryTake() is { } core ? new SlotHolding(this, lease, core) : null;
    }
}
