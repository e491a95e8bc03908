using IceCream.Jobs;

namespace IceCream.Clients;

/// <summary>A job's place in the line for a slot.</summary>
/// <param name="size">How long its compile is thought to take on an average worker, in any unit that all places share.</param>
/// <param name="memory">How much memory it is expected to take, in bytes; 0: any worker will do.</param>
internal sealed class WaitingPlace(long size, long memory)
{
    /// <summary>Completes with the slot, or with null when waiting is in vain.</summary>
    public TaskCompletionSource<SlotHolding?> Slot { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public long Size => size;

    public long Memory => memory;

    /// <summary>How many that came later were served before.</summary>
    public int Overtaken { get; set; }
}

/// <summary>The slots that an agent holds, as far as they matter to who gets the next.</summary>
/// <param name="Fastest">The speed of the fastest, where the average worker has 1.</param>
/// <param name="Total">The sum of their speeds.</param>
internal readonly record struct HeldSpeeds(double Fastest, double Total);

/// <summary>
/// The jobs that wait for a slot. The longest goes first: a build ends with its last job, and a long one that begins late is compiled while
/// every other slot idles (Graham, "Bounds on Multiprocessing Timing Anomalies", 1969: at most a third above the best). But a build
/// tool offers a job only when one is done, so one slot in <see cref="ShortestOf"/> goes to the shortest: what is done soon shows
/// soon whether a long one is still to come. None is overtaken more than <see cref="MostOvertaken"/> times by jobs that its slot would have suited.
/// A slot on a slow worker goes to the longest of those that it does not hold up: a job that would be done there after everything else
/// that waits, had it been left to the fastest, is left to the fastest. Where that is so of all, the shortest goes. Not thread-safe.
/// </summary>
internal sealed class WaitingLine
{
    /// <summary>How many of those that came later may be served before a job.</summary>
    public const int MostOvertaken = 32;

    /// <summary>Of so many slots, the first goes to the shortest job and the others to the longest.</summary>
    public const int ShortestOf = 5;

    private readonly LinkedList<WaitingPlace> _places = [];
    private long _sizes;
    private int _served;

    public int Count => _places.Count;

    /// <summary>What the least demanding of the jobs takes, in bytes of memory; 0 when any worker will do for one of them, and when none waits.</summary>
    public long LeastMemory => _places.Count == 0 ? 0 : _places.Min(static place => place.Memory);

    public WaitingPlace Join(long size, long memory)
    {
        _sizes += size;
        return _places.AddLast(new WaitingPlace(size, memory)).Value;
    }

    public void Leave(WaitingPlace place) => _sizes -= _places.Remove(place) ? place.Size : 0;

    /// <summary>Takes the next one out of the line for a slot; null when none waits that its worker has the memory for.</summary>
    public WaitingPlace? Next(SlotLease lease, HeldSpeeds held)
    {
        LinkedListNode<WaitingPlace>? first = _places.First;
        while (first is not null && !Suits(lease, first.Value))
        {
            first = first.Next;
        }

        if (first is null)
        {
            return null;
        }

        LinkedListNode<WaitingPlace> next = first.Value.Overtaken < MostOvertaken ? Choose(first, lease, held) : first;
        for (LinkedListNode<WaitingPlace>? earlier = next.Previous; earlier is not null; earlier = earlier.Previous)
        {
            earlier.Value.Overtaken += Suits(lease, earlier.Value) ? 1 : 0;
        }

        _places.Remove(next);
        _sizes -= next.Value.Size;
        return next.Value;
    }

    /// <summary>Takes those out of the line that need more memory than any worker has.</summary>
    public WaitingPlace[] TooLarge(long memory)
    {
        WaitingPlace[] all = [.. _places.Where(place => place.Memory > memory)];
        Array.ForEach(all, Leave);
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

    private LinkedListNode<WaitingPlace> Choose(LinkedListNode<WaitingPlace> first, SlotLease lease, HeldSpeeds held)
    {
        bool wantsShortest = _served++ % ShortestOf == 0;
        double rest = _sizes / Math.Max(held.Total, lease.Speed), fastest = Math.Max(held.Fastest, lease.Speed);
        LinkedListNode<WaitingPlace> shortest = first;
        LinkedListNode<WaitingPlace>? longest = null;
        for (LinkedListNode<WaitingPlace>? place = first; place is not null; place = place.Next)
        {
            if (!Suits(lease, place.Value))
            {
                continue;
            }

            long size = place.Value.Size;
            shortest = size < shortest.Value.Size ? place : shortest;
            if ((longest is null || size > longest.Value.Size) && size / lease.Speed <= rest + (size / fastest))
            {
                longest = place;
            }
        }

        return wantsShortest ? shortest : longest ?? shortest;
    }

    private static bool Suits(SlotLease lease, WaitingPlace place) => place.Memory <= lease.Memory || lease.Memory == 0;
}
