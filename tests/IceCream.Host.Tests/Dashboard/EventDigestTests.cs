using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using IceCream.Host.Dashboard;
using IceCream.Jobs;
using IceCream.Monitoring;
using Xunit;

namespace IceCream.Host.Tests.Dashboard;

/// <summary>Pages are told in fewer words, and know the same.</summary>
public sealed class EventDigestTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 4, 12, 0, 0, TimeSpan.Zero);

    private static readonly Arbitrary<JobEvent[]> Events = One().ArrayOf().ToArbitrary();

    [Property(MaxTest = 500)]
    public Property Whoever_hears_the_digest_knows_the_same_jobs_and_the_same_ends() => Prop.ForAll(Events, Events, static (before, happened) =>
    {
        RunningJobs whole = new(), brief = new();
        foreach (JobEvent each in before)
        {
            whole.Apply(each);
            brief.Apply(each);
        }

        foreach (JobEvent each in happened)
        {
            whole.Apply(each);
        }

        EventDigest[] told = [.. EventDigest.Of(happened)];
        foreach (EventDigest each in told)
        {
            brief.Apply(each.Happened!);
            if (each.Step is not null)
            {
                brief.Apply(each.Step);
            }
        }

        Assert.Equal(InOrder(whole), InOrder(brief));
        Assert.Equal(happened.OfType<JobFinished>(), told.Select(static each => each.Happened).OfType<JobFinished>());
        Assert.True(told.Length <= happened.Length);
    });

    [Fact]
    public void Of_a_job_that_came_and_went_the_end_is_told()
    {
        var job = new JobId("ada@desk", 1);
        JobEvent[] happened =
        [
            new JobBegun { At = Noon, Job = job, Subject = "a.cc" }, new JobStepBegun { At = Noon, Job = job, Step = JobStep.Inputs },
            new JobFinished { At = Noon, Job = job, Record = new JobRecord { Subject = "a.cc", Place = JobPlace.Remote } },
        ];
        Assert.IsType<JobFinished>(Assert.Single(EventDigest.Of(happened)).Happened);
        EventDigest begun = Assert.Single(EventDigest.Of(happened.Take(2)));
        Assert.Equal((typeof(JobBegun), JobStep.Inputs), (begun.Happened!.GetType(), begun.Step!.Step));
    }

    private static IEnumerable<(JobBegun Begun, JobStepBegun? Step)> InOrder(RunningJobs jobs) =>
        jobs.All.OrderBy(static job => job.Begun.Job.Agent, StringComparer.Ordinal).ThenBy(static job => job.Begun.Job.Number);

    private static Gen<JobEvent> One() =>
        from number in Gen.Choose(1, 4)
        from agent in Gen.Elements("ada@desk", "bob@desk")
        from kind in Gen.Choose(0, 9)
        from step in Gen.Elements(JobStep.Cache, JobStep.Lease, JobStep.Send)
        let job = new JobId(agent, number)
        select kind switch
        {
            < 4 => (JobEvent)new JobBegun { At = Noon, Job = job, Subject = "a.cc" },
            < 7 => new JobStepBegun { At = Noon, Job = job, Step = step },
            < 9 => new JobFinished { At = Noon, Job = job, Record = new JobRecord { Subject = "a.cc", Place = JobPlace.Remote } },
            _ => new JobsForgotten { At = Noon, Agent = number == 1 ? "" : agent },
        };
}
