using BenchmarkDotNet.Attributes;
using IceCream.Jobs;
using IceCream.Scheduling;
using IceCream.Scheduling.Placement;

namespace IceCream.Benchmarks;

/// <summary>The scheduler's mind on a farm of 1,000 workers with 16 slots each and 100 agents, half of the slots leased.</summary>
[MemoryDiagnoser]
public class SchedulerBenchmarks
{
    private const int Workers = 1000, Slots = 16, Agents = 100, Wanted = Workers * Slots / Agents / 2;

    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private SchedulerState _scheduler = null!;

    [GlobalSetup]
    public void Fill()
    {
        _scheduler = new SchedulerState(new SchedulerOptions(), new LeastLoadedPolicy(new Random(1)));
        byte[] key = Samples.Bytes(32);
        for (int i = 0; i < Workers; i++)
        {
            _scheduler.Apply(new WorkerJoined(Now, $"worker{i}", FarmAddress.Tcp($"worker{i}", FarmAddress.DaemonPort), "x86_64", Slots, key));
        }

        for (int i = 0; i < Agents; i++)
        {
            _scheduler.Apply(new AgentJoined(Now, $"agent{i}", $"user{i % 40}", "x86_64", []));
            _scheduler.Apply(new DemandChanged(Now, $"agent{i}", Wanted));
        }
    }

    [Benchmark(Description = "one slot more is wanted: granted, returned")]
    public int GrantAndReturn()
    {
        int decisions = 0;
        foreach (SchedulerDecision decision in _scheduler.Apply(new DemandChanged(Now, "agent0", Wanted + 1)))
        {
            decisions++;
            if (decision is LeaseGranted grant)
            {
                decisions += _scheduler.Apply(new DemandChanged(Now, "agent0", Wanted)).Count;
                decisions += _scheduler.Apply(new LeaseReturned(Now, "agent0", grant.Lease.Id)).Count;
            }
        }

        return decisions;
    }

    [Benchmark(Description = "a tick in which nothing is due")]
    public int Tick() => _scheduler.Apply(new TimePassed(Now)).Count;

    [Benchmark(Description = "describe the farm")]
    public int Describe() => _scheduler.Describe().Length;
}
