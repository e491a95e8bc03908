using System.Collections;

namespace IceCream.Scheduling;

/// <summary>The workers of one platform that have a free slot, by name. The list is updated with every lease, so that a grant needs no search.</summary>
internal sealed class FreeSlots : IReadOnlyList<PlacementCandidate>
{
    private static readonly Comparer<RosterWorker> ByName = Comparer<RosterWorker>.Create(static (one, other) => string.CompareOrdinal(one.Name, other.Name));

    private static readonly Comparer<(long Tried, string Name)> ByTurn = Comparer<(long Tried, string Name)>.Create(
        static (one, other) => one.Tried.CompareTo(other.Tried) is var order and not 0 ? order : string.CompareOrdinal(one.Name, other.Name));

    private static readonly Comparer<(double Speed, string Name)> BySpeed = Comparer<(double Speed, string Name)>.Create(
        static (one, other) => other.Speed.CompareTo(one.Speed) is var order and not 0 ? order : string.CompareOrdinal(one.Name, other.Name));

    private readonly List<RosterWorker> workers = [];
    private readonly List<PlacementCandidate> candidates = [];
    private readonly SortedSet<(long Tried, string Name)> turns = new(ByTurn);
    private readonly SortedSet<(double Speed, string Name)> speeds = new(BySpeed);

    /// <summary>How many slots are free on all workers together.</summary>
    public long Total { get; private set; }

    public int Count => candidates.Count;

    public PlacementCandidate this[int index] => candidates[index];

    /// <summary>The workers themselves, in the order of the candidates.</summary>
    public IReadOnlyList<RosterWorker> Workers => workers;

    /// <summary>The worker that was tried longest ago, and when; null when no worker is free.</summary>
    public (long Tried, string Name)? Longest => turns.Count > 0 ? turns.Min : null;

    /// <summary>The name of the fastest worker; valid when <see cref="Count"/> is not 0.</summary>
    public string Fastest => speeds.Min.Name;

    /// <summary>Updates the entry of a worker. Its turn stays, or becomes <paramref name="tried"/>.</summary>
    public void Set(RosterWorker worker, long? tried = null)
    {
        int place = workers.BinarySearch(worker, ByName);
        if (place >= 0)
        {
            Forget(place);
        }

        worker.Tried = tried ?? worker.Tried;
        int free = worker.Free;
        if (free == 0)
        {
            if (place >= 0)
            {
                workers.RemoveAt(place);
                candidates.RemoveAt(place);
            }

            return;
        }

        Total += free;
        turns.Add((worker.Tried, worker.Name));
        speeds.Add((worker.Speed, worker.Name));
        var candidate = new PlacementCandidate(worker.Name, worker.Usable, worker.Leases.Count) { Speed = worker.Speed, Memory = worker.Memory, IsKnown = worker.IsKnown };
        if (place >= 0)
        {
            (workers[place], candidates[place]) = (worker, candidate);
        }
        else
        {
            workers.Insert(~place, worker);
            candidates.Insert(~place, candidate);
        }
    }

    /// <summary>Removes a worker that has left, with all its free slots.</summary>
    public void Remove(RosterWorker worker)
    {
        int place = workers.BinarySearch(worker, ByName);
        if (place >= 0)
        {
            Forget(place);
            workers.RemoveAt(place);
            candidates.RemoveAt(place);
        }
    }

    private void Forget(int place)
    {
        Total -= candidates[place].Slots - candidates[place].Running;
        turns.Remove((workers[place].Tried, workers[place].Name));
        speeds.Remove((candidates[place].Speed, workers[place].Name));
    }

    public IEnumerator<PlacementCandidate> GetEnumerator() => candidates.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
