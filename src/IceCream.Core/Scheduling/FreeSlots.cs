using System.Collections;

namespace IceCream.Scheduling;

/// <summary>The workers of one platform that have a free slot, by name: kept as leases come and go, so that no grant has to look for them.</summary>
internal sealed class FreeSlots : IReadOnlyList<PlacementCandidate>
{
    private static readonly Comparer<PlacementCandidate> ByName = Comparer<PlacementCandidate>.Create(static (one, other) => string.CompareOrdinal(one.Worker, other.Worker));

    private readonly List<PlacementCandidate> workers = [];

    /// <summary>How many slots are free on all workers together.</summary>
    public long Total { get; private set; }

    public int Count => workers.Count;

    public PlacementCandidate this[int index] => workers[index];

    /// <summary>Takes note of how many leases a worker has now.</summary>
    public void Set(RosterWorker worker) => Put(new PlacementCandidate(worker.Name, worker.Slots, worker.Leases.Count));

    /// <summary>The worker is gone: none of its slots is free.</summary>
    public void Remove(RosterWorker worker) => Put(new PlacementCandidate(worker.Name, 0, 0));

    public IEnumerator<PlacementCandidate> GetEnumerator() => workers.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private void Put(PlacementCandidate worker)
    {
        int place = workers.BinarySearch(worker, ByName);
        int free = worker.Slots - worker.Running;
        Total += free - (place >= 0 ? workers[place].Slots - workers[place].Running : 0);
        if (place >= 0 && free > 0)
        {
            workers[place] = worker;
        }
        else if (place >= 0)
        {
            workers.RemoveAt(place);
        }
        else if (free > 0)
        {
            workers.Insert(~place, worker);
        }
    }
}
