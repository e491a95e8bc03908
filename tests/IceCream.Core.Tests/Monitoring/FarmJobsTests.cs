using IceCream.Jobs;
using IceCream.Monitoring;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;
using static IceCream.Tests.Monitoring.Events;

namespace IceCream.Tests.Monitoring;

/// <summary>What a scheduler knows of its farm's jobs, and whom it believes.</summary>
public sealed class FarmJobsTests : IDisposable
{
    private readonly FakeTimeProvider _time = new(Noon);
    private readonly FarmJobs _jobs;

    public FarmJobsTests() => _jobs = new FarmJobs(new BuildHistory(null, NullLogger.Instance), _time);

    public void Dispose() => _jobs.Dispose();

    [Fact]
    public void An_agent_speaks_for_itself_only()
    {
        Hear("bob@desk", "bob", Begun(1, agent: "ada@desk"), new JobsForgotten { At = Noon, Agent = "ada@desk" }, Begun(2, agent: "ada@desk"));
        Assert.Equal([new JobId("bob@desk", 2)], _jobs.Stream.Running().Select(static job => job.Begun.Job));
        Assert.Equal("bob", _jobs.Stream.Running().Single().Begun.User);
    }

    [Fact]
    public void Times_of_a_clock_that_goes_wrong_are_put_right()
    {
        DateTimeOffset theirs = Noon.AddYears(10);
        _jobs.Hear("ada@desk", "ada", theirs.AddSeconds(3), 2, [Begun(1) with { At = theirs }]);
        Assert.Equal(Noon.AddSeconds(-3), _jobs.Stream.Running().Single().Begun.At);
        Hear("ada@desk", "ada", Finished(1) with { At = DateTimeOffset.MaxValue }, Finished(2) with { At = DateTimeOffset.MinValue });
        Assert.All(_jobs.Past(), past => Assert.InRange(past.Job.At, Noon.AddDays(-1), Noon.AddMinutes(1)));
    }

    [Fact]
    public void Headers_that_an_agent_tells_of_are_those_of_its_build_and_are_kept_with_it()
    {
        Hear("ada@desk", "ada", Begun(1), new HeadersRead { At = Noon, Job = Id(1, "somebody@else"), Headers = [new HeaderCost("/a.h", 30, 2, TimeSpan.FromSeconds(1.5))] }, Finished(1));
        Assert.Equal(new BuildHeader("/a.h", 30, 2, 1.5), Assert.Single(_jobs.Builds().Single().Headers));
    }

    [Fact]
    public void A_build_of_the_past_has_its_jobs_from_files_also_after_a_restart_and_beyond_those_at_hand()
    {
        string folder = Directory.CreateTempSubdirectory("icecream-jobs-").FullName;
        try
        {
            const int Many = FarmJobs.Remembered + 100;
            long id;
            using (FarmJobs jobs = Open())
            {
                for (int i = 1; i <= Many; i++)
                {
                    jobs.Hear("ada@desk", "ada", _time.GetUtcNow(), 2, [Finished(i)]);
                }

                jobs.Hear("bob@desk", "bob", _time.GetUtcNow(), 2, [Finished(1, agent: "bob@desk")]);
                id = jobs.Builds().Single(static build => build.User == "ada").Id;
                Assert.Equal(FarmJobs.Remembered - 1, jobs.Of(jobs.Build(id)!, int.MaxValue).Count);
            }

            using FarmJobs again = Open();
            Assert.Equal(Many, again.Of(again.Build(id)!, int.MaxValue).Count);
            Assert.Equal(10, again.Of(again.Build(id)!, 10).Count);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        FarmJobs Open() => new(new BuildHistory(folder, NullLogger.Instance), _time, new JobLog(folder, JobLogLimits.Usual, _time, NullLogger.Instance));
    }

    [Fact]
    public void An_agent_that_leaves_takes_its_jobs_along()
    {
        Hear("ada@desk", "ada", Begun(1));
        Hear("bob@desk", "bob", Begun(1));
        _jobs.Forget("ada@desk");
        Assert.Equal("bob@desk", _jobs.Stream.Running().Single().Begun.Job.Agent);
    }

    [Fact]
    public void Builds_end_with_time_and_are_found_by_number()
    {
        Hear("ada@desk", "ada", Begun(1), Finished(1, second: 0));
        BuildSummary build = Assert.Single(_jobs.Builds());
        Assert.True(build.IsRunning);
        Assert.Equal(2, build.LocalSlots);
        _time.Advance(BuildRecognition.Pause * 2);
        _jobs.PassTime();
        Assert.False(Assert.Single(_jobs.Builds()).IsRunning);
        Assert.False(_jobs.Build(build.Id)!.IsRunning);
        Assert.Single(_jobs.Past(build: build.Id));
        Assert.Null(_jobs.Build(build.Id + 1));
    }

    [Fact]
    public void The_past_is_bounded()
    {
        for (int i = 0; i < FarmJobs.Remembered + 10; i++)
        {
            Hear("ada@desk", "ada", Finished(i));
        }

        Assert.Equal(FarmJobs.Remembered, _jobs.Past().Count);
        Assert.Equal(FarmJobs.Remembered + 9, _jobs.Past(1).Single().Job.Job.Number);
    }

    private void Hear(string agent, string user, params JobEvent[] happened) => _jobs.Hear(agent, user, _time.GetUtcNow(), 2, happened);
}
