namespace IceCream.Clients;

/// <summary>A job's place in the line for a slot.</summary>
/// <param name="size">How long its compile is thought to take, in any unit that all places share.</param>
internal sealed class WaitingPlace(long size)
{
    /// <summary>Completes with the slot, or with null when waiting is in vain.</summary>
    public TaskCompletionSource<SlotHolding?> Slot { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public long Size => size;

    /// <summary>How many that came later were served before.</summary>
    public int Overtaken { get; set; }
}

/// <summary>
/// The jobs that wait for a slot. The longest goes first: a build ends with its last job, and a long one that begins late is compiled while
/// every other slot idles (Graham, "Bounds on Multiprocessing Timing Anomalies", 1969: at most a third above the best). But a build
/// tool offers a job only when one is done, so one slot in <see cref="ShortestOf"/> goes to the shortest: what is done soon shows
/// soon whether a long one is still to come. None is overtaken more than <see cref="MostOvertaken"/> times. Not thread-safe.
/// </summary>
internal sealed class WaitingLine
{
    /// <summary>How many of those that came later may be served before a job.</summary>
    public const int MostOvertaken = 32;

    /// <summary>Of so many slots, the first goes to the shortest job and the others to the longest.</summary>
    public const int ShortestOf = 5;

    private readonly LinkedList<WaitingPlace> _places = [];
    private int _served;

    public int Count => _places.Count;

    public WaitingPlace Join(long size) => _places.AddLast(new WaitingPlace(size)).Value;

    public void Leave(WaitingPlace place) => _places.Remove(place);

    /// <summary>Takes the next one out of the line; null when nobody waits.</summary>
    public WaitingPlace? Next()
    {
        LinkedListNode<WaitingPlace>? next = _places.First;
        if (next is null)
        {
            return null;
        }

        if (next.Value.Overtaken < MostOvertaken)
        {
            bool shortest = _served++ % ShortestOf == 0;
            for (LinkedListNode<WaitingPlace>? other = next.Next; other is not null; other = other.Next)
            {
                next = (shortest ? other.Value.Size < next.Value.Size : other.Value.Size > next.Value.Size) ? other : next;
            }
        }

        for (LinkedListNode<WaitingPlace>? earlier = next.Previous; earlier is not null; earlier = earlier.Previous)
        {
            earlier.Value.Overtaken++;
        }

        _places.Remove(next);
        return next.Value;
    }

    /// <summary>Takes all out of the line, in the order of their coming.</summary>
    public WaitingPlace[] Clear()
    {
        WaitingPlace[] all = [.. _places];
        _places.Clear();
        return all;
    }
}
