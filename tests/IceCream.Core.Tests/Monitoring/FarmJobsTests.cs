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

    /// <summary>Whatever an agent tells of a build, its end must not end the scheduler.</summary>
    [Fact]
    public void A_build_of_which_too_much_is_told_is_not_kept_and_nothing_else_comes_of_it()
    {
        string folder = Directory.CreateTempSubdirectory("icecream-jobs-").FullName;
        try
        {
            using (FarmJobs jobs = Open())
            {
                Tell(jobs, [.. Enumerable.Range(1, BuildSummary.MostReasons).Select(static number => Finished(number, reason: new string((char)('a' + number), 16_000)))]);
                Tell(jobs, [Finished(100)]);
                Assert.Equal(2, jobs.Builds().Count);
            }

            using FarmJobs again = Open();
            Assert.Equal("w1", Assert.Single(Assert.Single(again.Builds()).Workers).Key);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        FarmJobs Open() => new(new BuildHistory(folder, NullLogger.Instance), _time);

        void Tell(FarmJobs jobs, JobEvent[] happened)
        {
            jobs.Hear("ada@desk", "ada", _time.GetUtcNow(), 2, happened);
            _time.Advance(BuildRecognition.Pause * 2);
            jobs.PassTime();
        }
    }

    [Fact]
    public void No_agent_makes_a_build_have_any_number_of_workers()
    {
        Hear("ada@desk", "ada", [.. Enumerable.Range(1, BuildSummary.MostWorkers + 10).Select(static number => By($"w{number}", Finished(number)))]);
        Hear("ada@desk", "ada", Finished(1));
        BuildSummary build = Assert.Single(_jobs.Builds());
        Assert.Equal(BuildSummary.MostWorkers, build.Workers.Count);
        Assert.Equal(2, build.Workers["w1"]);

        static JobFinished By(string worker, JobFinished job) => job with { Record = job.Record with { Worker = worker } };
    }

    [Fact]
    public void Losses_are_counted_as_far_as_a_number_goes()
    {
        Hear("ada@desk", "ada", new JobEventsLost { At = Noon, Count = long.MaxValue }, new JobEventsLost { At = Noon, Count = 5 });
        Assert.Equal(long.MaxValue, _jobs.Lost);
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
