using System.Collections.Immutable;
using IceCream.Jobs;
using IceCream.Scheduling;

namespace IceCream.Sessions;

/// <summary>
/// The one place where a scheduler is called: it takes the lock, tells the time, and hands each decision to the agent it is for. Held for
/// no await.
/// </summary>
internal sealed class SchedulerDispatcher(IScheduler scheduler, TimeProvider time, string network, string version, bool insecure)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Action<SchedulerDecision>> _agents = [];
    private readonly Dictionary<string, object> _holders = [];

    public string Network => network;

    public string Version => version;

    public bool Insecure => insecure;

    /// <summary>Something happened at this moment.</summary>
    public void Tell(Func<DateTimeOffset, SchedulerEvent> occurred)
    {
        lock (_lock)
        {
            Decide(occurred);
        }
    }

    /// <summary>A node's session takes its name over. The latest session of a name is the node: an earlier one is a connection that died unnoticed.</summary>
    /// <param name="name">The role and the node's name.</param>
    /// <param name="session">The session.</param>
    /// <param name="occurred">How the scheduler is told.</param>
    /// <param name="decided">For an agent: called with the lock held for every decision that is for it; must not call back.</param>
    /// <returns>The session that had the name; null when there was none.</returns>
    public object? Join(string name, object session, Func<DateTimeOffset, SchedulerEvent> occurred, Action<SchedulerDecision>? decided = null)
    {
        lock (_lock)
        {
            object? former = _holders.GetValueOrDefault(name);
            _holders[name] = session;
            if (decided is not null)
            {
                _agents[name] = decided;
            }

            Decide(occurred);
            return former;
        }
    }

    /// <summary>A node's session says something, which counts while it holds its name.</summary>
    public void Tell(string name, object session, Func<DateTimeOffset, SchedulerEvent> occurred)
    {
        lock (_lock)
        {
            if (_holders.TryGetValue(name, out object? holder) && ReferenceEquals(holder, session))
            {
                Decide(occurred);
            }
        }
    }

    /// <summary>A node's session has ended.</summary>
    /// <returns>Whether the node is gone: false when a later session has its name.</returns>
    public bool Leave(string name, object session, Func<DateTimeOffset, SchedulerEvent> occurred)
    {
        lock (_lock)
        {
            if (_holders.TryGetValue(name, out object? holder) && ReferenceEquals(holder, session))
            {
                _holders.Remove(name);
                _agents.Remove(name);
                Decide(occurred);
                return true;
            }

            return false;
        }
    }

    /// <summary>Called, with the lock held, when something was said that must outlive the scheduler.</summary>
    public Action? Decided { get; set; }

    /// <summary>A worker shall take no jobs any more, or may take some again when there is no reason.</summary>
    /// <returns>Whether it is here.</returns>
    public bool Drain(string worker, string? reason)
    {
        lock (_lock)
        {
            Decide(at => new WorkerDrained(at, worker, reason));
            Decided?.Invoke();
            return _holders.ContainsKey(WorkerKey(worker));
        }
    }

    /// <summary>Looks at what is decided by, while nothing is.</summary>
    public T Read<T>(Func<T> read)
    {
        lock (_lock)
        {
            return read();
        }
    }

    /// <summary>The farm as it is.</summary>
    public FarmStatus Describe()
    {
        lock (_lock)
        {
            ImmutableArray<NodeInfo> nodes = scheduler.Describe();
            return new FarmStatus { Network = network, Version = version, Insecure = insecure, Nodes = nodes };
        }
    }

    /// <summary>The key under which an agent's session is known here.</summary>
    public static string AgentKey(string agent) => "agent " + agent;

    /// <summary>The key under which a worker's session is known here.</summary>
    public static string WorkerKey(string worker) => "worker " + worker;

    private void Decide(Func<DateTimeOffset, SchedulerEvent> occurred)
    {
        foreach (SchedulerDecision decision in scheduler.Apply(occurred(time.GetUtcNow())))
        {
            // An agent that is gone cannot be told; its leases went with it.
            if (_agents.TryGetValue(AgentKey(decision.Agent), out Action<SchedulerDecision>? decided))
            {
                decided(decision);
            }
        }
    }
}
