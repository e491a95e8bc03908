using System.Collections.Immutable;
using IceCream.Jobs;
using IceCream.Scheduling;

namespace IceCream.Sessions;

/// <summary>
/// The only caller of the scheduler: it takes the lock, supplies the time, and passes each decision to the agent concerned. The lock is never
/// held across an await.
/// </summary>
internal sealed class SchedulerDispatcher(IScheduler scheduler, TimeProvider time, string network, string version, bool insecure)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Action<SchedulerDecision>> _agents = [];
    private readonly Dictionary<string, object> _holders = [];

    public string Network => network;

    public string Version => version;

    public bool Insecure => insecure;

    /// <summary>Applies an event at the current time.</summary>
    public void Tell(Func<DateTimeOffset, SchedulerEvent> occurred)
    {
        lock (_lock)
        {
            Decide(occurred);
        }
    }

    /// <summary>A node's session takes over the node's name. The latest session of a name counts: an earlier one is a connection whose loss went unnoticed.</summary>
    /// <param name="name">The role and the node's name.</param>
    /// <param name="session">The session.</param>
    /// <param name="occurred">Makes the event for the scheduler.</param>
    /// <param name="decided">For an agent: receives every decision for it, with the lock held; must not call back.</param>
    /// <returns>The session that held the name before; null when there was none.</returns>
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

    /// <summary>Applies an event from a node's session, if the session still holds its name.</summary>
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

    /// <summary>Whether a session holds its name.</summary>
    public bool Holds(string name, object session)
    {
        lock (_lock)
        {
            return _holders.TryGetValue(name, out object? holder) && ReferenceEquals(holder, session);
        }
    }

    /// <summary>Applies the end of a node's session.</summary>
    /// <returns>Whether the node is gone: false when a later session holds its name.</returns>
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

    /// <summary>Called, with the lock held, after a change that must survive a restart of the scheduler.</summary>
    public Action? Decided { get; set; }

    /// <summary>Stops giving jobs to a worker, or allows them again when the reason is null.</summary>
    /// <returns>Whether the worker is connected.</returns>
    public bool Drain(string worker, string? reason)
    {
        lock (_lock)
        {
            Decide(at => new WorkerDrained(at, worker, reason));
            Decided?.Invoke();
            return _holders.ContainsKey(WorkerKey(worker));
        }
    }

    /// <summary>Reads the scheduler's state under the lock.</summary>
    public T Read<T>(Func<T> read)
    {
        lock (_lock)
        {
            return read();
        }
    }

    /// <summary>The current state of the farm.</summary>
    public FarmStatus Describe()
    {
        lock (_lock)
        {
            ImmutableArray<NodeInfo> nodes = scheduler.Describe();
            return new FarmStatus { Network = network, Version = version, Insecure = insecure, Nodes = nodes };
        }
    }

    public static string AgentKey(string agent) => "agent " + agent;

    public static string WorkerKey(string worker) => "worker " + worker;

    private void Decide(Func<DateTimeOffset, SchedulerEvent> occurred)
    {
        foreach (SchedulerDecision decision in scheduler.Apply(occurred(time.GetUtcNow())))
        {
            // An agent that has left cannot be told; its leases ended with its session.
            if (_agents.TryGetValue(AgentKey(decision.Agent), out Action<SchedulerDecision>? decided))
            {
                decided(decision);
            }
        }
    }
}
