using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using IceCream.Host.Builds;
using IceCream.Jobs;
using Xunit;
using static IceCream.Host.Tests.Builds.RandomJobs;

namespace IceCream.Host.Tests.Builds;

/// <summary>What a build is said to have waited for.</summary>
public sealed class BuildChainTests
{
    [Fact]
    public void Each_link_came_when_the_one_before_it_had_ended_and_the_last_ended_last()
    {
        var chain = BuildChain.Of(
        [
            Job("a.c", 0, 4, "blade", (JobStep.Lease, 1), (JobStep.Compile, 2.5), (JobStep.Receive, 0.5)),
            Job("short.c", 0, 1, "blade", (JobStep.Compile, 1)),
            Job("b.c", 4.5, 3, "blade", (JobStep.Compile, 3)),
            Job("beside.c", 2, 4, "blade", (JobStep.Compile, 4)),
            Job("link", 8, 2, "", (JobStep.LocalSlot, 0.5), (JobStep.LocalCompile, 1.5)),
        ]);
        Assert.Equal([("a.c", 0.0), ("b.c", 0.5), ("link", 0.5)], chain.Links.Select(static link => (link.Job.Subject, link.Gap.TotalSeconds)));
        Assert.Equal((7.0, 1.5, 0.5, 1.0), (chain.Compiled.TotalSeconds, chain.Waited.TotalSeconds, chain.Rest.TotalSeconds, chain.Gap.TotalSeconds));
    }

    [Fact]
    public void Nothing_waits_for_nothing() => Assert.Empty(BuildChain.Of([]).Links);

    /// <summary>Whatever a clock that was set back tells: links do not overlap, and together with the gaps they are the time from the first to the last.</summary>
    [Property]
    public Property Links_and_gaps_are_the_whole_time_from_the_first_to_the_last() => Prop.ForAll(RandomJobs.Builds, static jobs =>
    {
        BuildChain chain = BuildChain.Of(jobs);
        if (jobs.Length == 0)
        {
            return;
        }

        Assert.Equal(jobs.Max(static job => job.Ended), chain.Links[^1].Job.Ended);
        for (int i = 1; i < chain.Links.Length; i++)
        {
            JobRecord job = chain.Links[i].Job;
            Assert.Equal(job.Ended - job.Duration - chain.Links[i - 1].Job.Ended, chain.Links[i].Gap);
            Assert.True(chain.Links[i].Gap >= TimeSpan.Zero);
        }

        TimeSpan taken = chain.Links.Aggregate(TimeSpan.Zero, static (sum, link) => sum + link.Gap + link.Job.Duration);
        Assert.Equal(chain.Links[^1].Job.Ended - (chain.Links[0].Job.Ended - chain.Links[0].Job.Duration), taken);
    });
}
