using System.Collections.Immutable;
using IceCream.Jobs;

namespace IceCream.Host.Builds;

/// <summary>A job of a chain.</summary>
/// <param name="Job">The job.</param>
/// <param name="Gap">How long no job of the chain was under way before it came.</param>
/// <param name="Waited">How long it waited for a slot, on a worker or here.</param>
/// <param name="Compiled">How long its compiler ran.</param>
internal sealed record ChainLink(JobRecord Job, TimeSpan Gap, TimeSpan Waited, TimeSpan Compiled)
{
    /// <summary>What else its road took: its inputs, the way there and back.</summary>
    public TimeSpan Rest => Job.Duration > Waited + Compiled ? Job.Duration - Waited - Compiled : TimeSpan.Zero;
}

/// <summary>
/// What a build waited for: back from the job that ended last, to the one that had ended when it came, and so on to the beginning. No compile tells what it depends on. But a
/// build system starts a job when those that it needs have ended, or when one of its places is free, so that the chain covers the build's time, and shows where that went.
/// </summary>
/// <param name="Links">The jobs, the earliest first: each came after the one before it had ended.</param>
internal sealed record BuildChain(ImmutableArray<ChainLink> Links)
{
    /// <summary>How many links are told one by one.</summary>
    public const int Most = 2000;

    /// <summary>How long no job of the chain was under way.</summary>
    public TimeSpan Gap => Sum(static link => link.Gap);

    /// <summary>How long its jobs waited for slots.</summary>
    public TimeSpan Waited => Sum(static link => link.Waited);

    /// <summary>How long its compilers ran.</summary>
    public TimeSpan Compiled => Sum(static link => link.Compiled);

    /// <summary>What else its jobs took.</summary>
    public TimeSpan Rest => Sum(static link => link.Rest);

    /// <summary>The chain of some jobs.</summary>
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

    /// <summary>The last job before one that had ended at a moment; -1 when none had.</summary>
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
