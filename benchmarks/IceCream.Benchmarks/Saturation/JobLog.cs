using IceCream.Jobs;
using IceCream.Nodes;

namespace IceCream.Benchmarks.Saturation;

/// <summary>Every job that an agent has done, read before the agent forgets it.</summary>
internal sealed class JobLog(DaemonNode agent)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly HashSet<JobRecord> _jobs = new(ReferenceEqualityComparer.Instance);

    public IReadOnlyCollection<JobRecord> Jobs => _jobs;

    /// <summary>Reads until <paramref name="over"/> has completed.</summary>
    public async Task FollowAsync(Task over)
    {
        while (await Task.WhenAny(over, Task.Delay(Pause)) != over)
        {
            _jobs.UnionWith(agent.Describe().Recent);
        }

        _jobs.UnionWith(agent.Describe().Recent);
    }
}
