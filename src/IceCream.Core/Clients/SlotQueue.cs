using IceCream.Jobs;

namespace IceCream.Clients;

/// <summary>A job's place in the line for a slot.</summary>
/// <param name="size">How long its compile is thought to take on an average worker, in microseconds.</param>
/// <param name="memory">How much memory it is expected to take, in bytes; 0: any worker will do.</param>
/// <param name="since">When it came, in microseconds since any moment that all places share.</param>
internal class WaitingPlace(long size, long memory, double since)
{
    /// <summary>The worker that does the job already, for one that is raced; null: it may go to any.</summary>
    public string? NotOn { get; init; }

    /// <summary>Whether a core of this machine may do it as well.</summary>
    public bool MayBeHere { get; init; }

    public long Size => size;

    public long Memory => memory;

    public double Since => since;

    /// <summary>How many that came later were served before, by slots that would have done for it.</summary>
    public int Overtaken { get; set; }
}

/// <summary>The slots that an agent holds, as far as they matter to who gets the next.</summary>
/// <param name="Fastest">The speed of the fastest that is in use, where the average worker has 1; 0 when none is.</param>
/// <param name="Total">The sum of the speeds of all.</param>
internal readonly record struct HeldSpeeds(double Fastest, double Total);

/// <summary>
/// The jobs that wait for a slot. The longest goes first: a build ends with its last job, and a long one that begins late is compiled while
/// every other slot idles (Graham, "Bounds on Multiprocessing Timing Anomalies", 1969: at most a third above the best). But a build
/// tool offers a job only when one is done, so one slot in <see cref="ShortestOf"/> goes to the shortest: what is done soon shows
/// soon whether a long one is still to come. None is overtaken more than <see cref="MostOvertaken"/> times by slots that would have done for it.
/// A slot on a slow worker does for a job that would end there no later than if it waited for the fastest slot in use, behind all the others in the line. Nobody
/// waits for longer than a faster slot could save: so it takes at most twice what it would have taken at best. Not thread-safe.
/// </summary>
internal sealed class SlotQueue
{
    /// <summary>How many of those that came later may be served before a job.</summary>
    public const int MostOvertaken = 32;

    /// <summary>Of so many slots, the first goes to the shortest job and the others to the longest.</summary>
    public const int ShortestOf = 5;

    /// <summary>
    /// How long a job waits for a worker before a core of this machine takes it, in microseconds: what a scheduler takes to answer. While the farm has a slot
    /// for everybody, this machine has its hands free for what only it can do.
    /// </summary>
    public const double AnswerOfFarm = 100_000;

    private readonly LinkedList<WaitingPlace> _places = [];
    private long _sizes;
    private int _served;

    public int Count => _places.Count;

    /// <summary>What the least demanding of the jobs takes, in bytes of memory; 0 when any worker will do for one of them, and when none waits.</summary>
    public long LeastMemory => _places.Count == 0 ? 0 : _places.Min(static place => place.Memory);

    /// <summary>A job that any worker may do takes its place at the end of the line.</summary>
    public WaitingPlace Join(long size, long memory, double now) => Join(new WaitingPlace(size, memory, now));

    /// <summary>A job takes its place at the end of the line.</summary>
    public WaitingPlace Join(WaitingPlace place)
    {
        _sizes += place.Size;
        return _places.AddLast(place).Value;
    }

    /// <summary>A job leaves the line.</summary>
    /// <returns>Whether it stood there.</returns>
    public bool Leave(WaitingPlace place)
    {
        bool stood = _places.Remove(place);
        _sizes -= stood ? place.Size : 0;
        return stood;
    }

    /// <summary>Takes the next one out of the line for a slot; null when it does for none that waits.</summary>
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

        LinkedListNode<WaitingPlace> next = first.Value.Overtaken >= MostOvertaken ? first : _served++ % ShortestOf == 0 ? shortest! : longest!;
        for (LinkedListNode<WaitingPlace>? earlier = next.Previous; earlier is not null; earlier = earlier.Previous)
        {
            earlier.Value.Overtaken += DoesFor(lease, earlier.Value, held, now) ? 1 : 0;
        }

        _places.Remove(next);
        _sizes -= next.Value.Size;
        return next.Value;
    }

    /// <summary>Whether the slot would be given to one that waits.</summary>
    public bool HasNext(SlotLease lease, HeldSpeeds held, double now) => _places.Any(place => DoesFor(lease, place, held, now));

    /// <summary>Whether a slot does for a job that waits, or would.</summary>
    public bool DoesFor(SlotLease lease, WaitingPlace place, HeldSpeeds held, double now)
    {
        if (!Suits(lease, place) || (lease.IsHere && now - place.Since < AnswerOfFarm))
        {
            return false;
        }

        // A difference that is within what speeds are known to is none.
        const double Doubt = 1.25;
        if (lease.Speed * Doubt >= held.Fastest)
        {
            return true;
        }

        double here = place.Size / lease.Speed, there = place.Size / held.Fastest;
        return here <= (_sizes / Math.Max(held.Total, lease.Speed)) + there || now - place.Since >= here - there;
    }

    /// <summary>Whether the worker of a slot has the memory for one of those that wait.</summary>
    public bool HasUseFor(SlotLease lease) => _places.Any(place => Suits(lease, place));

    /// <summary>Takes those out of the line that need more memory than any worker has.</summary>
    public WaitingPlace[] TooLarge(long memory)
    {
        WaitingPlace[] all = [.. _places.Where(place => place.Memory > memory)];
        Array.ForEach(all, place => Leave(place));
        return all;
    }

    /// <summary>Takes all out of the line, in the order of their coming.</summary>
    public WaitingPlace[] Clear()
    {
        WaitingPlace[] all = [.. _places];
        _places.Clear();
        _sizes = 0;
        return all;
    }

    /// <summary>Whether a slot has the memory for a job, and is where it may be done.</summary>
    public static bool Suits(SlotLease lease, WaitingPlace place) =>
        (place.Memory <= lease.Memory || lease.Memory == 0) && (lease.IsHere ? place.MayBeHere : place.NotOn is null || lease.Worker != place.NotOn);
}
