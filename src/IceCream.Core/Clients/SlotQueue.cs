using IceCream.Jobs;

namespace IceCream.Clients;

/// <summary>A job's place in the queue for a slot.</summary>
/// <param name="size">The expected duration of its compile on an average worker, in microseconds.</param>
/// <param name="memory">The memory that it is expected to take, in bytes; 0: any worker will do.</param>
/// <param name="since">When it came, in microseconds since an arbitrary moment that all places share.</param>
internal class WaitingPlace(long size, long memory, double since)
{
    /// <summary>The worker that already runs the job, when it is raced; null: it may go to any worker.</summary>
    public string? NotOn { get; init; }

    /// <summary>
    /// Whether the job has begun on a worker that fell silent. It comes before the jobs that have not begun: it had its turn, and whoever waits for it has waited for
    /// longer already.
    /// </summary>
    public bool IsUrgent { get; init; }

    /// <summary>Whether a core of this machine may run the job as well.</summary>
    public bool MayBeHere { get; init; }

    public long Size => size;

    public long Memory => memory;

    public double Since => since;

    /// <summary>How many later jobs were served first, by slots that would have suited this job.</summary>
    public int Overtaken { get; set; }

    /// <summary>Its node in the queue; null while it is in none. Only the queue sets it.</summary>
    internal LinkedListNode<WaitingPlace>? Node { get; set; }

    /// <summary>Its number in the order of coming to the queue.</summary>
    internal long Number { get; set; }
}

/// <summary>The speeds of the slots that an agent holds, as far as they matter to the choice of the next job.</summary>
/// <param name="Fastest">The speed of the fastest slot in use, where the average worker has 1; 0 when none is in use.</param>
/// <param name="Total">The sum of the speeds of all slots.</param>
internal readonly record struct HeldSpeeds(double Fastest, double Total);

/// <summary>
/// The jobs that wait for a slot. The longest goes first: a build ends with its last job, and a long job that begins late is compiled while
/// every other slot idles (Graham, "Bounds on Multiprocessing Timing Anomalies", 1969: at most a third above the optimum). But a build
/// tool submits a new job only when one is done, so one slot in <see cref="ShortestOf"/> goes to the shortest: its early end shows
/// soon whether a long job is still to come. No job is overtaken more than <see cref="MostOvertaken"/> times by slots that would have suited it; urgent jobs
/// do not count, since each of them had its turn before, and there are no more of them than slots on workers that fell silent.
/// A slot on a slow worker suits a job that would end there no later than if it waited for the fastest slot in use, behind all other jobs in the queue. No job
/// waits for longer than a faster slot could save, so it takes at most twice the time of the best choice. Not thread-safe.
/// </summary>
internal sealed class SlotQueue
{
    /// <summary>How many later jobs may be served before a job.</summary>
    public const int MostOvertaken = 32;

    /// <summary>Of this many slots, the first goes to the shortest job and the others to the longest.</summary>
    public const int ShortestOf = 5;

    /// <summary>
    /// How long a job waits for a worker before a core of this machine takes it, in microseconds: the time that a scheduler takes to answer. While the farm has a
    /// slot for every job, the cores of this machine stay free for work that only it can do.
    /// </summary>
    public const double AnswerOfFarm = 100_000;

    private readonly LinkedList<WaitingPlace> _places = [];

    // The same jobs by their memory: the scheduler is told the least after every change, and thousands may wait.
    private readonly SortedSet<WaitingPlace> _memories = new(Comparer<WaitingPlace>.Create(static (one, other) =>
        one.Memory.CompareTo(other.Memory) is var order and not 0 ? order : one.Number.CompareTo(other.Number)));

    private long _sizes, _joined;
    private int _served;

    public int Count => _places.Count;

    /// <summary>The memory that the least demanding job needs, in bytes; 0 when any worker will do for one of the jobs, and when none waits.</summary>
    public long LeastMemory => _memories.Min?.Memory ?? 0;

    /// <summary>Adds a job that any worker may run to the end of the queue.</summary>
    public WaitingPlace Join(long size, long memory, double now) => Join(new WaitingPlace(size, memory, now));

    public WaitingPlace Join(WaitingPlace place)
    {
        _sizes += place.Size;
        place.Number = ++_joined;
        _memories.Add(place);

        // Urgent ones are the first in the queue, each behind the others.
        LinkedListNode<WaitingPlace>? later = place.IsUrgent ? _places.First : null;
        while (later is { Value.IsUrgent: true })
        {
            later = later.Next;
        }

        place.Node = later is null ? _places.AddLast(place) : _places.AddBefore(later, place);
        return place;
    }

    /// <summary>Removes a job from the queue.</summary>
    /// <returns>Whether it was in the queue.</returns>
    public bool Leave(WaitingPlace place)
    {
        if (place.Node is not { } node)
        {
            return false;
        }

        place.Node = null;
        _places.Remove(node);
        _memories.Remove(place);
        _sizes -= place.Size;
        return true;
    }

    /// <summary>Removes the next job for a slot from the queue; null when the slot suits no waiting job.</summary>
    /// <param name="lease">The slot.</param>
    /// <param name="held">The slots that the agent holds.</param>
    /// <param name="now">The time, as in <see cref="WaitingPlace.Since"/>.</param>
    public WaitingPlace? Next(SlotLease lease, HeldSpeeds held, double now)
    {
        LinkedListNode<WaitingPlace>? first = null, shortest = null, longest = null;
        for (LinkedListNode<WaitingPlace>? node = _places.First; node is not null; node = node.Next)
        {
            if (DoesFor(lease, node.Value, held, now))
            {
                first ??= node;
                shortest = shortest is null || node.Value.Size < shortest.Value.Size ? node : shortest;
                longest = longest is null || node.Value.Size > longest.Value.Size ? node : longest;
            }
        }

        if (first is null)
        {
            return null;
        }

        LinkedListNode<WaitingPlace> next = first.Value.IsUrgent || first.Value.Overtaken >= MostOvertaken ? first : _served++ % ShortestOf == 0 ? shortest! : longest!;
        for (LinkedListNode<WaitingPlace>? earlier = next.Previous; earlier is not null; earlier = earlier.Previous)
        {
            earlier.Value.Overtaken += DoesFor(lease, earlier.Value, held, now) ? 1 : 0;
        }

        Leave(next.Value);
        return next.Value;
    }

    /// <summary>Whether the slot would be given to a waiting job.</summary>
    public bool HasNext(SlotLease lease, HeldSpeeds held, double now) => _places.Any(place => DoesFor(lease, place, held, now));

    /// <summary>Whether a slot is good enough for a job, so that the job does not wait for another.</summary>
    public bool DoesFor(SlotLease lease, WaitingPlace place, HeldSpeeds held, double now)
    {
        if (!Suits(lease, place) || (lease.IsHere && now - place.Since < AnswerOfFarm))
        {
            return false;
        }

        // Differences within the accuracy of the speeds do not count. Nor does an urgent job wait for a faster slot: the fastest in use may be the silent worker's.
        const double Doubt = 1.25;
        if (place.IsUrgent || lease.Speed * Doubt >= held.Fastest)
        {
            return true;
        }

        double here = place.Size / lease.Speed, there = place.Size / held.Fastest;
        return here <= (_sizes / Math.Max(held.Total, lease.Speed)) + there || now - place.Since >= here - there;
    }

    /// <summary>Whether the worker of a slot has the memory for one of the waiting jobs.</summary>
    public bool HasUseFor(SlotLease lease) => _places.Any(place => Suits(lease, place));

    /// <summary>Removes the jobs from the queue that need more memory than any worker has.</summary>
    public WaitingPlace[] TooLarge(long memory)
    {
        WaitingPlace[] all = [.. _places.Where(place => place.Memory > memory)];
        Array.ForEach(all, place => Leave(place));
        return all;
    }

    /// <summary>Removes all jobs from the queue, in the order in which they came.</summary>
    public WaitingPlace[] Clear()
    {
        WaitingPlace[] all = [.. _places];
        Array.ForEach(all, place => Leave(place));
        return all;
    }

    /// <summary>Whether a slot has the memory for a job, and is where the job may run.</summary>
    public static bool Suits(SlotLease lease, WaitingPlace place) =>
        (place.Memory <= lease.Memory || lease.Memory == 0) && (lease.IsHere ? place.MayBeHere : place.NotOn is null || lease.Worker != place.NotOn);
}
