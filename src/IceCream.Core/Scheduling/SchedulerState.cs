using System.Collections.Immutable;
using IceCream.Jobs;

namespace IceCream.Scheduling;

/// <summary>
/// The scheduler's mind. Slots of a platform are divided evenly between the users who want some, and a user's part evenly between his agents; no slot
/// stays free while somebody could use it; whoever has more than his part is asked to return as much as others lack.
/// Events about agents, workers or leases that are gone already change nothing: such events cross with those that removed them.
/// </summary>
public sealed partial class SchedulerState : IScheduler
{
    private readonly SchedulerOptions options;
    private readonly IPlacementPolicy placement;
    private readonly SortedDictionary<string, RosterWorker> workers = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, RosterAgent> agents = new(StringComparer.Ordinal);
    private readonly SortedDictionary<long, RosterLease> leases = [];
    private long nextLease;

    /// <summary>A farm without nodes.</summary>
    /// <param name="options">How leases are handed out.</param>
    /// <param name="placement">Chooses between workers.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public SchedulerState(SchedulerOptions options, IPlacementPolicy placement)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(placement);
        options.Validate();
        this.options = options;
        this.placement = placement;
        nextLease = options.FirstLease;
    }

    /// <inheritdoc/>
    public IReadOnlyList<SchedulerDecision> Apply(SchedulerEvent occurred)
    {
        ArgumentNullException.ThrowIfNull(occurred);
        var decisions = new List<SchedulerDecision>();
        switch (occurred)
        {
            case WorkerJoined joined:
                Join(joined, decisions);
                break;
            case WorkerLeft left when workers.Remove(left.Worker, out RosterWorker? worker):
                RevokeAll([.. worker.Leases.Values], decisions);
                Divide(worker.Platform, left.At, decisions);
                break;
            case AgentJoined joined:
                Join(joined, decisions);
                break;
            case AgentLeft left when agents.Remove(left.Agent, out RosterAgent? agent):
                ReleaseAll([.. agent.Leases.Values]);
                Divide(agent.Platform, left.At, decisions);
                break;
            case DemandChanged changed when agents.TryGetValue(changed.Agent, out RosterAgent? agent):
                agent.Wanted = Math.Max(0, changed.Wanted);
                Divide(agent.Platform, changed.At, decisions);
                break;
            case LeaseReturned returned when leases.TryGetValue(returned.Lease, out RosterLease? lease) && lease.Agent.Name == returned.Agent:
                Release(lease);
                Divide(lease.Agent.Platform, returned.At, decisions);
                break;
            case TimePassed passed:
                PassTime(passed.At, decisions);
                break;
        }

        return decisions;
    }

    /// <inheritdoc/>
    public ImmutableArray<NodeInfo> Describe()
    {
        var nodes = new SortedDictionary<string, NodeInfo>(StringComparer.Ordinal);
        foreach (RosterAgent agent in agents.Values)
        {
            nodes[agent.Name] = new NodeInfo { Name = agent.Name, Platform = agent.Platform, Waiting = agent.Waiting, State = "agent" };
        }

        // A daemon is agent and worker under one name.
        foreach (RosterWorker worker in workers.Values)
        {
            nodes[worker.Name] = new NodeInfo
            {
                Name = worker.Name,
                Address = worker.Address.ToString(),
                Platform = worker.Platform,
                Slots = worker.Slots,
                Running = worker.Leases.Count,
                Waiting = agents.TryGetValue(worker.Name, out RosterAgent? agent) ? agent.Waiting : 0,
                State = worker.Slots == 0 ? "refusing" : worker.Leases.Count < worker.Slots ? "ready" : "full",
                Remark = worker.Remark,
            };
        }

        return [.. nodes.Values];
    }

    private void Join(WorkerJoined joined, List<SchedulerDecision> decisions)
    {
        var worker = new RosterWorker(joined);
        string? formerPlatform = null;
        if (workers.TryGetValue(worker.Name, out RosterWorker? former))
        {
            formerPlatform = former.Platform;
            bool changed = former.Address != worker.Address || !former.Key.Span.SequenceEqual(worker.Key.Span);
            foreach (RosterLease lease in former.Leases.Values.ToArray())
            {
                if (former.Platform != worker.Platform || worker.Leases.Count == worker.Slots)
                {
                    Revoke(lease, decisions);
                    continue;
                }

                lease.Worker = worker;
                worker.Leases.Add(lease.Id, lease);
                if (changed)
                {
                    decisions.Add(new LeaseRenewed(lease.Agent.Name, Extend(lease, joined.At)));
                }
            }
        }

        workers[worker.Name] = worker;
        if (formerPlatform is not null && formerPlatform != worker.Platform)
        {
            Divide(formerPlatform, joined.At, decisions);
        }

        Divide(worker.Platform, joined.At, decisions);
    }

    private void Join(AgentJoined joined, List<SchedulerDecision> decisions)
    {
        var agent = new RosterAgent(joined);
        agents.Remove(agent.Name, out RosterAgent? former);
        RosterLease[] formerLeases = [.. former?.Leases.Values ?? Enumerable.Empty<RosterLease>()];
        ReleaseAll(formerLeases);
        agents.Add(agent.Name, agent);
        ImmutableArray<SlotLease> held = joined.Held.IsDefault ? [] : joined.Held;
        foreach (SlotLease claimed in held.DistinctBy(lease => lease.Id))
        {
            if (!Fits(claimed, agent, out RosterWorker? worker))
            {
                decisions.Add(new LeaseRevoked(agent.Name, claimed.Id));
                continue;
            }

            // What was asked back stays asked back, but the request may have been lost with the connection: it is forgotten and made again if need be.
            var lease = new RosterLease(claimed.Id, worker, agent);
            Hold(lease);
            nextLease = Math.Max(nextLease, lease.Id + 1);
            decisions.Add(new LeaseRenewed(agent.Name, Extend(lease, joined.At)));
        }

        // Whoever comes back with leases uses them; how many more it wants it says next.
        agent.Wanted = agent.Leases.Count;
        if (former is not null && former.Platform != agent.Platform)
        {
            Divide(former.Platform, joined.At, decisions);
        }

        Divide(agent.Platform, joined.At, decisions);
    }

    /// <summary>Whether a lease that an agent says it holds is really one, and there is still room for it.</summary>
    private bool Fits(SlotLease claimed, RosterAgent agent, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out RosterWorker? worker) =>
        workers.TryGetValue(claimed.Worker, out worker) && worker.Platform == agent.Platform && worker.Leases.Count < worker.Slots &&
        claimed.Id is > 0 and < long.MaxValue && !leases.ContainsKey(claimed.Id) &&
        LeaseCapability.TryRead(worker.Key.Span, claimed.Capability.Span, out LeaseClaim? claim) && claim.Lease == claimed.Id && claim.Agent == agent.Name;

    private void PassTime(DateTimeOffset now, List<SchedulerDecision> decisions)
    {
        foreach (RosterLease lease in leases.Values.ToArray())
        {
            if (lease.Expires < now)
            {
                Revoke(lease, decisions);
            }
            else if (lease.Expires - now <= options.LeaseTime / 2)
            {
                decisions.Add(new LeaseRenewed(lease.Agent.Name, Extend(lease, now)));
                if (!lease.Recalled && OthersStarve(lease))
                {
                    Recall(lease, decisions);
                }
            }
        }

        foreach (string platform in agents.Values.Select(agent => agent.Platform).Distinct().ToArray())
        {
            Divide(platform, now, decisions);
        }
    }

    private void Hold(RosterLease lease)
    {
        leases.Add(lease.Id, lease);
        lease.Worker.Leases.Add(lease.Id, lease);
        lease.Agent.Leases.Add(lease.Id, lease);
        lease.Agent.LastServed = Math.Max(lease.Agent.LastServed, lease.Id);
    }

    private SlotLease Extend(RosterLease lease, DateTimeOffset now)
    {
        lease.Expires = now + options.LeaseTime;
        byte[] capability = LeaseCapability.Create(lease.Worker.Key.Span, lease.Id, lease.Agent.Name, lease.Expires);
        return new SlotLease(lease.Id, lease.Worker.Name, lease.Worker.Address, lease.Expires, capability);
    }

    private void Release(RosterLease lease)
    {
        leases.Remove(lease.Id);
        lease.Worker.Leases.Remove(lease.Id);
        lease.Agent.Leases.Remove(lease.Id);
        lease.Agent.Recalled -= lease.Recalled ? 1 : 0;
    }

    private void ReleaseAll(RosterLease[] released) => Array.ForEach(released, Release);

    private void Revoke(RosterLease lease, List<SchedulerDecision> decisions)
    {
        Release(lease);
        decisions.Add(new LeaseRevoked(lease.Agent.Name, lease.Id));
    }

    private void RevokeAll(RosterLease[] revoked, List<SchedulerDecision> decisions) => Array.ForEach(revoked, lease => Revoke(lease, decisions));
}
