using System.Collections.Immutable;
using IceCream.Jobs;
using IceCream.Nodes;
using IceCream.Scheduling;
using Xunit;

#pragma warning disable ICECREAM001 // What is experimental is tried here.

namespace IceCream.Embedding.Tests;

/// <summary>A whole scheduler of the embedder's own: whoever asks first is served first, and nothing is asked back.</summary>
public sealed class OwnSchedulerTests
{
    private sealed class FirstCome : IScheduler
    {
        private static readonly TimeSpan Lasting = TimeSpan.FromSeconds(30);

        private readonly Dictionary<string, Worker> _workers = [];
        private readonly Dictionary<string, int> _wanted = [];
        private readonly List<(string Agent, SlotLease Lease)> _leases = [];
        private long _last;

        private sealed record Worker(NodeInfo Info, FarmAddress Address, ReadOnlyMemory<byte> Key);

        public int Granted { get; private set; }

        public IReadOnlyList<SchedulerDecision> AddWorker(DateTimeOffset at, NodeInfo worker, FarmAddress address, ReadOnlyMemory<byte> key)
        {
            IReadOnlyList<SchedulerDecision> gone = RemoveWorker(at, worker.Name);
            _workers[worker.Name] = new Worker(worker, address, key);
            return [.. gone, .. Capacity(), .. Grant(at)];
        }

        public IReadOnlyList<SchedulerDecision> RemoveWorker(DateTimeOffset at, string worker)
        {
            SchedulerDecision[] revoked = [.. _leases.Where(held => held.Lease.Worker == worker).Select(static held => SchedulerDecision.Revoke(held.Agent, held.Lease.Id))];
            _leases.RemoveAll(held => held.Lease.Worker == worker);
            return _workers.Remove(worker) ? [.. revoked, .. Capacity()] : [];
        }

        public IReadOnlyList<SchedulerDecision> AddAgent(DateTimeOffset at, string agent, string user, string platform, PriorityClass priority, ImmutableArray<SlotLease> held)
        {
            RemoveAgent(at, agent);
            _wanted[agent] = 0;
            return [.. held.Select(lease => SchedulerDecision.Revoke(agent, lease.Id)), .. Capacity()];
        }

        public IReadOnlyList<SchedulerDecision> RemoveAgent(DateTimeOffset at, string agent)
        {
            _wanted.Remove(agent);
            _leases.RemoveAll(held => held.Agent == agent);
            return [.. Grant(at)];
        }

        public IReadOnlyList<SchedulerDecision> SetDemand(DateTimeOffset at, string agent, int wanted)
        {
            _wanted[agent] = wanted;
            return [.. Grant(at)];
        }

        public IReadOnlyList<SchedulerDecision> ReturnLease(DateTimeOffset at, string agent, long lease)
        {
            _leases.RemoveAll(held => held.Agent == agent && held.Lease.Id == lease);
            return [.. Grant(at)];
        }

        public IReadOnlyList<SchedulerDecision> PassTime(DateTimeOffset at)
        {
            var renewed = new List<SchedulerDecision>();
            for (int i = 0; i < _leases.Count; i++)
            {
                (string agent, SlotLease lease) = _leases[i];
                if (lease.Expires - at < Lasting / 2)
                {
                    lease = lease with { Expires = at + Lasting };
                    _leases[i] = (agent, lease);
                    renewed.Add(SchedulerDecision.Renew(agent, lease, _workers[lease.Worker].Key));
                }
            }

            return renewed;
        }

        public ImmutableArray<NodeInfo> Describe() => [.. _workers.Values.Select(static worker => worker.Info).OrderBy(static info => info.Name, StringComparer.Ordinal)];

        private IEnumerable<SchedulerDecision> Capacity() => _wanted.Keys.Select(agent => SchedulerDecision.Capacity(agent, _workers.Values.Sum(static worker => worker.Info.Slots)));

        private List<SchedulerDecision> Grant(DateTimeOffset at)
        {
            var granted = new List<SchedulerDecision>();
            foreach ((string agent, int wanted) in _wanted)
            {
                while (_leases.Count(held => held.Agent == agent) < wanted
                    && _workers.Values.FirstOrDefault(worker => _leases.Count(held => held.Lease.Worker == worker.Info.Name) < worker.Info.Slots) is { } free)
                {
                    var lease = new SlotLease(++_last, free.Info.Name, free.Address, at + Lasting);
                    _leases.Add((agent, lease));
                    granted.Add(SchedulerDecision.Grant(agent, lease, free.Key));
                    Granted++;
                }
            }

            return granted;
        }
    }

    [Fact]
    public async Task A_scheduler_of_ones_own_hands_out_the_slots()
    {
        using var project = new Project();
        var scheduler = new FirstCome();
        await using EmbeddedFarm farm = await EmbeddedFarm.StartAsync(project.Farm with { Workers = 2, Class = PriorityClass.Ci }, new NodeServices { Scheduler = scheduler });
        Assert.Equal((JobPlace.Remote, "embedded1"), await CompileAsync());
        Assert.Equal((JobPlace.Remote, "embedded1"), await CompileAsync());
        Assert.NotEqual(0, scheduler.Granted);

        async Task<(JobPlace, string)> CompileAsync()
        {
            CompileResult result = await project.CompileAsync(farm);
            return (result.Place, result.Worker);
        }
    }
}
