using System.Collections.Immutable;
using IceCream.Jobs;

namespace IceCream.Host.Builds;

/// <summary>A job of a chain.</summary>
/// <param name="Job">The job.</param>
/// <param name="Gap">How long no job of the chain was under way before this one arrived.</param>
/// <param name="Waited">How long it waited for a lease or a slot, on a worker or here.</param>
/// <param name="Compiled">How long its compiler ran.</param>
internal sealed record ChainLink(JobRecord Job, TimeSpan Gap, TimeSpan Waited, TimeSpan Compiled)
{
    /// <summary>The rest of its duration: input discovery and transfers.</summary>
    public TimeSpan Rest => Job.Duration > Waited + Compiled ? Job.Duration - Waited - Compiled : TimeSpan.Zero;
}

/// <summary>
/// An approximate critical path of a build: it leads from the job that ended last to the latest job that had ended when that one arrived, and so on to the beginning. The
/// real dependencies are unknown. But a build system starts a job when its dependencies have ended, or when a parallel place is free, so the chain covers the build's time.
/// </summary>
/// <param name="Links">The jobs, the earliest first; each arrived after the one before it had ended.</param>
internal sealed record BuildChain(ImmutableArray<ChainLink> Links)
{
    /// <summary>The most links that a chain has.</summary>
    public const int Most = 2000;

    /// <summary>How long no job of the chain was under way.</summary>
    public TimeSpan Gap => Sum(static link => link.Gap);

    /// <summary>How long its jobs waited for leases and slots.</summary>
    public TimeSpan Waited => Sum(static link => link.Waited);

    /// <summary>How long its compilers ran.</summary>
    public TimeSpan Compiled => Sum(static link => link.Compiled);

    /// <summary>The rest of its jobs' duration.</summary>
    public TimeSpan Rest => Sum(static link => link.Rest);

    public static BuildChain Of(IEnumerable<JobRecord> jobs)
    {
        JobRecord[] byEnd = [.. jobs.OrderBy(static job => job.Ended).ThenBy(static job => job.Duration)];
        var links = ImmutableArray.CreateBuilder<ChainLink>();
        for (int at = byEnd.Length - 1; at >= 0 && links.Count < Most;)
        {
            JobRecord job = byEnd[at];
            DateTimeOffset came = job.Ended - job.Duration;
            at = LastEnded(byEnd, at, came);
            links.Add(new ChainLink(
                job, at >= 0 ? came - byEnd[at].Ended : TimeSpan.Zero,
                Of(job, static step => step is JobStep.Lease or JobStep.Slot or JobStep.LocalSlot), Of(job, static step => step is JobStep.Compile or JobStep.LocalCompile)));
        }

        links.Reverse();
        return new BuildChain(links.ToImmutable());
    }

    /// <summary>The last job before <paramref name="before"/> that had ended at a moment; -1 if none.</summary>
    private static int LastEnded(JobRecord[] byEnd, int before, DateTimeOffset moment)
    {
        int low = 0, high = before;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (byEnd[middle].Ended <= moment)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low - 1;
    }

    private static TimeSpan Of(JobRecord job, Func<JobStep, bool> counts) =>
        job.Timeline.Stretches.Where(stretch => counts(stretch.Step)).Aggregate(TimeSpan.Zero, static (sum, stretch) => sum + stretch.Duration);

    private TimeSpan Sum(Func<ChainLink, TimeSpan> part) => Links.Aggregate(TimeSpan.Zero, (sum, link) => sum + part(link));
}
