using IceCream.Jobs;

namespace IceCream.Clients;

// The cores of this machine besides the slots of workers, and second slots for jobs that are under way.
internal sealed partial class LeaseState
{
    /// <summary>How often idle cores of this machine are looked for while jobs wait, and how often the workers are ranked by speed.</summary>
    public static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(100);

    private (string Worker, double Speed)[] _fastest = [];
    private TimeSpan? _ranked;

    /// <summary>
    /// Gets a second slot for a job that a worker already runs, perhaps in vain: a core of this machine, if no better slot is free.
    /// </summary>
    /// <param name="size">The job's expected duration on an average worker, in microseconds.</param>
    /// <param name="memory">How much memory it is expected to take, in bytes; 0: any worker will do.</param>
    /// <param name="notOn">The worker that runs the job; empty when this machine runs it.</param>
    /// <param name="mayBeHere">Whether a core of this machine will do.</param>
    /// <param name="isUrgent">Whether the job queues for a slot although others wait; if not, it gets only a slot that no job waits for.</param>
    /// <param name="mayAsk">Without such a core: whether the job may ask for a worker's slot as other jobs do.</param>
    public SlotGrant? TakeSecond(long size, long memory, string notOn, bool mayBeHere, bool isUrgent, out bool mayAsk)
    {
        mayAsk = false;
        if (!isUrgent && _waiting.Count > 0)
        {
            return null;
        }

        // The slots that are not held here are the scheduler's, and count as free.
        bool mayGrow = _idle.Exists(idle => _held[idle.Lease].Worker != notOn) || _inUse + _quarantinedLeases.Count < _capacity;
        bool isFasterAway = _idle.Exists(idle => _held[idle.Lease] is var lease && lease.Worker != notOn && lease.Speed > own?.Speed);
        if (mayBeHere && !isFasterAway && TakeHere(new WaitingPlace(size, memory, double.NegativeInfinity) { MayBeHere = true }) is { } core)
        {
            return core;
        }

        mayAsk = isUrgent || mayGrow;
        return null;
    }

    /// <summary>The speed of the fastest other worker whose slots are held; 1, which is the average, when there is none.</summary>
    public double FastestBeside(string worker, TimeSpan passed)
    {
        // Every job under way asks repeatedly, so the two fastest workers among thousands of leases are looked up once for all of them.
        if (_ranked is not { } ranked || passed - ranked >= LookEvery)
        {
            _ranked = passed;
            _fastest = [.. _held.Values.GroupBy(static lease => lease.Worker, static lease => lease.Speed, static (name, speeds) => (name, speeds.Max()))
                .OrderByDescending(static one => one.Item2).Take(2)];
        }

        return _fastest.FirstOrDefault(one => one.Worker != worker) is { Speed: > 0 and var speed } ? speed : 1;
    }

    /// <summary>A worker was slower at a job than another: its slots count as no faster than that, and the scheduler is told.</summary>
    /// <param name="worker">The worker's name.</param>
    /// <param name="speed">An upper bound on its speed, where the average worker has 1.</param>
    public void Outrun(string worker, double speed)
    {
        foreach (SlotLease lease in _held.Values.Where(lease => lease.Worker == worker && lease.Speed > speed).ToArray())
        {
            _held[lease.Id] = lease with { Speed = speed };
        }

        broker.Outrun(worker, speed);
    }

    /// <summary>Gives idle cores of this machine to waiting jobs that end there sooner than if they waited for a worker.</summary>
    /// <returns>Whether jobs waited, so that it is worth looking again.</returns>
    public bool ServeHere(LeaseTime now)
    {
        if (own is null || _waiting.Count == 0)
        {
            return false;
        }

        double moment = now.Passed.TotalMicroseconds;
        while (SlotLease.Here(own.Speed, own.Memory) is { Memory: > 0 } lease && _waiting.HasNext(lease, Speeds(), moment) && own.TryTake() is { } core)
        {
            seekers.Serve(_waiting.Next(lease, Speeds(), moment)!, new SlotGrant(lease, CandidatesOf(lease, _held.Values), HasWaited: true, core));
        }

        SayDemand();
        return true;
    }

    /// <summary>Takes a core for one job.</summary>
    private SlotGrant? TakeHere(WaitingPlace place)
    {
        if (own is null)
        {
            return null;
        }

        SlotLease lease = SlotLease.Here(own.Speed, own.Memory);
        if (lease.Memory == 0 || !SlotQueue.Suits(lease, place))
        {
            return null;
        }

        return own.TryTake() is { } core ? new SlotGrant(lease, [lease], HasWaited: false, core) : null;
    }
}
