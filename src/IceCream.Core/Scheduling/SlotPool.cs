namespace IceCream.Scheduling;

/// <summary>
/// The accounts of one platform: its slots, the leases on them, the waiting agents. Every change of a lease or of a demand goes through this class,
/// so that the sums stay right without recounting.
/// </summary>
internal sealed class SlotPool
{
    private readonly SortedSet<RosterAgent> waiting = new(Comparer<RosterAgent>.Create(static (one, other) => string.CompareOrdinal(one.Name, other.Name)));
    private readonly SortedSet<(long Memory, string Worker)> memories = new(Comparer<(long Memory, string Worker)>.Create(static (one, other) =>
        one.Memory.CompareTo(other.Memory) is var order and not 0 ? order : string.CompareOrdinal(one.Worker, other.Worker)));

    private long slots, smallest;
    private int stated;

    public SortedDictionary<string, RosterAgent> Agents { get; } = new(StringComparer.Ordinal);

    public SortedDictionary<string, RosterWorker> Workers { get; } = new(StringComparer.Ordinal);

    public FreeSlots Free { get; } = new();

    /// <summary>The agents that lack a lease, by name.</summary>
    public IReadOnlyCollection<RosterAgent> Waiting => waiting;

    /// <summary>How many leases the waiting agents lack together.</summary>
    public long Lacking { get; private set; }

    /// <summary>How many agents cannot use every worker.</summary>
    public int Choosy { get; private set; }

    /// <summary>How many of the recalled leases will free a slot.</summary>
    public int Serving { get; private set; }

    /// <summary>The number of leases granted so far: the clock of the workers' turns.</summary>
    public long Turn { get; private set; }

    /// <summary>How many slots may be used.</summary>
    public int Capacity => (int)Math.Min(int.MaxValue, slots);

    /// <summary>The largest memory of a worker that takes jobs; <see cref="long.MaxValue"/> when one has not reported its memory, or there is none.</summary>
    public long LargestMemory => memories.Count == 0 ? long.MaxValue : memories.Max.Memory;

    public bool IsEmpty => Workers.Count == 0 && Agents.Count == 0;

    /// <summary>Adds a worker, with the leases on it.</summary>
    /// <param name="worker">The worker.</param>
    /// <param name="tried">When it was last given a lease; null when it is new here.</param>
    public void Add(RosterWorker worker, long? tried)
    {
        Workers.Add(worker.Name, worker);
        Count(worker, 1);
        worker.Tried = tried ?? Turn;
        Free.Set(worker);
    }

    public void Remove(RosterWorker worker)
    {
        Workers.Remove(worker.Name);
        Count(worker, -1);
        Free.Remove(worker);
    }

    /// <summary>Changes the number of leases that a worker may have.</summary>
    public void Allow(RosterWorker worker, int usable)
    {
        Count(worker, -1);
        worker.Usable = usable;
        Count(worker, 1);
        Free.Set(worker);
    }

    /// <summary>Adds an agent without leases and demand.</summary>
    public void Add(RosterAgent agent) => Agents.Add(agent.Name, agent);

    /// <summary>Removes an agent whose leases are already released.</summary>
    public void Remove(RosterAgent agent)
    {
        Want(agent, 0, 0);
        Agents.Remove(agent.Name);
    }

    public void Want(RosterAgent agent, int wanted, long leastMemory)
    {
        int before = agent.Waiting;
        stated += (leastMemory > 0 ? 1 : 0) - (agent.StatedMemory > 0 ? 1 : 0);
        agent.StatedMemory = leastMemory;
        JudgeMemory(agent);
        agent.Wanted = wanted;
        Note(agent, before);
    }

    public void Hold(RosterLease lease)
    {
        RosterAgent agent = lease.Agent;
        int before = agent.Waiting;
        Serving -= lease.Worker.Serving;
        agent.Leases.Add(lease.Id, lease);
        agent.Kept.Add(lease.Id);
        agent.LastServed = Math.Max(agent.LastServed, lease.Id);
        Note(agent, before);
        lease.Worker.Leases.Add(lease.Id, lease);
        Serving += lease.Worker.Serving;
        Free.Set(lease.Worker, ++Turn);
    }

    public void Release(RosterLease lease)
    {
        RosterAgent agent = lease.Agent;
        int before = agent.Waiting;
        Serving -= lease.Worker.Serving;
        agent.Leases.Remove(lease.Id);
        lease.Worker.Recalled -= agent.Kept.Remove(lease.Id) ? 0 : 1;
        Note(agent, before);
        lease.Worker.Leases.Remove(lease.Id);
        Serving += lease.Worker.Serving;
        Free.Set(lease.Worker);
    }

    public void Recall(RosterLease lease)
    {
        Serving -= lease.Worker.Serving;
        lease.Worker.Recalled += lease.Agent.Kept.Remove(lease.Id) ? 1 : 0;
        Serving += lease.Worker.Serving;
    }

    /// <summary>Updates the speed of a worker.</summary>
    public void Note(RosterWorker worker) => Free.Set(worker);

    private void Count(RosterWorker worker, int sign)
    {
        slots += sign * worker.Usable;
        Serving += sign * worker.Serving;
        (long Memory, string Worker) memory = (worker.Memory == 0 ? long.MaxValue : worker.Memory, worker.Name);
        if (sign > 0 && worker.Usable > 0)
        {
            memories.Add(memory);
        }
        else
        {
            memories.Remove(memory);
        }

        if (memories.Min.Memory != smallest)
        {
            smallest = memories.Min.Memory;
            if (stated > 0)
            {
                foreach (RosterAgent agent in Agents.Values)
                {
                    JudgeMemory(agent);
                }
            }
        }
    }

    /// <summary>Clears the memory demand of an agent that needs no more than the smallest worker has: it can use every worker.</summary>
    private void JudgeMemory(RosterAgent agent)
    {
        long least = agent.StatedMemory <= smallest ? 0 : agent.StatedMemory;
        Choosy += (least > 0 ? 1 : 0) - (agent.LeastMemory > 0 ? 1 : 0);
        agent.LeastMemory = least;
    }

    /// <summary>Updates the sums after an agent's lack may have changed.</summary>
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
