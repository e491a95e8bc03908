using IceCream.Jobs;

namespace IceCream.Clients;

// The cores of this machine beside the slots of workers, and second slots for jobs that are under way.
internal sealed partial class LeaseState
{
    /// <summary>How often it is looked whether a core of this machine is idle, while jobs wait; and who is fastest.</summary>
    public static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(100);

    private (string Worker, double Speed)[] _fastest = [];
    private TimeSpan? _ranked;

    /// <summary>
    /// A second slot for a job that is done on a worker already, and perhaps in vain: a core of this machine, if that is the best there is.
    /// </summary>
    /// <param name="size">How long the job is thought to take on an average worker, in microseconds.</param>
    /// <param name="memory">How much memory it is expected to take, in bytes; 0: any worker will do.</param>
    /// <param name="notOn">The worker that has the job; empty when this machine has it.</param>
    /// <param name="mayBeHere">Whether a core of this machine will do.</param>
    /// <param name="isUrgent">Whether it waits for a slot with the others; else it is given what nobody waits for.</param>
    /// <param name="mayAsk">Where there is no such core: whether it may ask for a worker's slot as others do.</param>
    public SlotGrant? TakeSecond(long size, long memory, string notOn, bool mayBeHere, bool isUrgent, out bool mayAsk)
    {
        mayAsk = false;
        if (!isUrgent && _waiting.Count > 0)
        {
            return null;
        }

        // Those beyond what is held are the scheduler's, and free as far as anybody here knows.
        bool mayGrow = _idle.Exists(idle => _held[idle.Lease].Worker != notOn) || _inUse + _quarantinedLeases.Count < _capacity;
        bool isFasterAway = _idle.Exists(idle => _held[idle.Lease] is var lease && lease.Worker != notOn && lease.Speed > own?.Speed);
        if (mayBeHere && !isFasterAway && TakeHere(new WaitingPlace(size, memory, double.NegativeInfinity) { MayBeHere = true }) is { } core)
        {
            return core;
        }

        mayAsk = isUrgent || mayGrow;
        return null;
    }

    /// <summary>How fast the fastest other worker is whose slots are held; the average, where there may be others.</summary>
    public double FastestBeside(string worker, TimeSpan passed)
    {
        // Every job that is under way asks, again and again: of thousands of leases the two fastest workers are looked up once for all of them.
        if (_ranked is not { } ranked || passed - ranked >= LookEvery)
        {
            _ranked = passed;
            _fastest = [.. _held.Values.GroupBy(static lease => lease.Worker, static lease => lease.Speed, static (name, speeds) => (name, speeds.Max()))
                .OrderByDescending(static one => one.Item2).Take(2)];
        }

        return _fastest.FirstOrDefault(one => one.Worker != worker) is { Speed: > 0 and var speed } ? speed : 1;
    }

    /// <summary>A worker was slower at a job than another: its slots count as no faster than that, and the scheduler is told.</summary>
    /// <param name="worker">Its name.</param>
    /// <param name="speed">How fast it is at most.</param>
    public void Outrun(string worker, double speed)
    {
        foreach (SlotLease lease in _held.Values.Where(lease => lease.Worker == worker && lease.Speed > speed).ToArray())
        {
            _held[lease.Id] = lease with { Speed = speed };
        }

        broker.Outrun(worker, speed);
    }

    /// <summary>Gives idle cores of this machine to jobs that would be done there sooner than if they waited for a worker.</summary>
    /// <returns>Whether it is worth looking again: jobs wait.</returns>
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

    /// <summary>A core for one job.</summary>
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
