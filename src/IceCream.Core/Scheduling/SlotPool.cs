namespace IceCream.Scheduling;

/// <summary>
/// The books of one platform: whose slots there are, who holds them, who waits. Whatever changes a lease or a wish goes through here, so that the sums
/// are right without being counted again.
/// </summary>
internal sealed class SlotPool
{
    private readonly SortedSet<RosterAgent> waiting = new(Comparer<RosterAgent>.Create(static (one, other) => string.CompareOrdinal(one.Name, other.Name)));
    private int workers;
    private long slots;

    public SortedDictionary<string, RosterAgent> Agents { get; } = new(StringComparer.Ordinal);

    public FreeSlots Free { get; } = new();

    /// <summary>The agents that lack a lease, by name.</summary>
    public IReadOnlyCollection<RosterAgent> Waiting => waiting;

    /// <summary>How many leases they lack together.</summary>
    public long Lacking { get; private set; }

    /// <summary>How many leases are asked back.</summary>
    public int Recalled { get; private set; }

    /// <summary>How many slots there are.</summary>
    public int Capacity => (int)Math.Min(int.MaxValue, slots);

    public bool IsEmpty => workers == 0 && Agents.Count == 0;

    /// <summary>Takes in a worker, with the leases on it.</summary>
    public void Add(RosterWorker worker)
    {
        workers++;
        slots += worker.Slots;
        Free.Set(worker);
    }

    public void Remove(RosterWorker worker)
    {
        workers--;
        slots -= worker.Slots;
        Free.Remove(worker);
    }

    /// <summary>Takes in an agent that holds and wants nothing yet.</summary>
    public void Add(RosterAgent agent) => Agents.Add(agent.Name, agent);

    /// <summary>Lets go of an agent whose leases are released already.</summary>
    public void Remove(RosterAgent agent)
    {
        Want(agent, 0);
        Agents.Remove(agent.Name);
    }

    public void Want(RosterAgent agent, int wanted)
    {
        int before = agent.Waiting;
        agent.Wanted = wanted;
        Note(agent, before);
    }

    public void Hold(RosterLease lease)
    {
        RosterAgent agent = lease.Agent;
        int before = agent.Waiting;
        agent.Leases.Add(lease.Id, lease);
        agent.Kept.Add(lease.Id);
        agent.LastServed = Math.Max(agent.LastServed, lease.Id);
        Note(agent, before);
        lease.Worker.Leases.Add(lease.Id, lease);
        Free.Set(lease.Worker);
    }

    public void Release(RosterLease lease)
    {
        RosterAgent agent = lease.Agent;
        int before = agent.Waiting;
        agent.Leases.Remove(lease.Id);
        Recalled -= agent.Kept.Remove(lease.Id) ? 0 : 1;
        Note(agent, before);
        lease.Worker.Leases.Remove(lease.Id);
        Free.Set(lease.Worker);
    }

    public void Recall(RosterLease lease) => Recalled += lease.Agent.Kept.Remove(lease.Id) ? 1 : 0;

    /// <summary>An agent's lack may have changed.</summary>
    private void Note(RosterAgent agent, int before)
    {
        Lacking += agent.Waiting - before;
        if (agent.Waiting > 0)
        {
            waiting.Add(agent);
        }
        else
        {
            waiting.Remove(agent);
        }
    }
}
