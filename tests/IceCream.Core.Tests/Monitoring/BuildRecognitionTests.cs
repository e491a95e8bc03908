using IceCream.Jobs;
using IceCream.Monitoring;
using Xunit;
using static IceCream.Tests.Monitoring.Events;

namespace IceCream.Tests.Monitoring;

/// <summary>Builds are told from their jobs.</summary>
public sealed class BuildRecognitionTests
{
    private readonly BuildRecognition _builds = new(firstBuild: 7);

    [Theory]
    [InlineData("/home/ada/tree", "/home/ada/tree/sub/dir", "/home/ada/tree")]
    [InlineData("/home/ada/tree/build/a", "/home/ada/tree/build/b/c", "/home/ada/tree/build")]
    [InlineData("/home/ada/one", "/home/ada/two", null)]
    [InlineData("/tmp/x", "/tmp/y", null)]
    [InlineData("/srv/ci/job/1/2/3/4/5", "/srv/ci/job/b", null)]
    [InlineData("/", "/home/ada", null)]
    public void A_tree_holds_the_folders_of_its_jobs(string one, string other, string? tree)
    {
        Assert.Equal(tree, BuildRecognition.Tree(one, other));
        Assert.Equal(tree, BuildRecognition.Tree(other, one));
    }

    [Fact]
    public void Jobs_of_one_tree_without_a_long_pause_are_one_build()
    {
        _builds.Begin(Begun(1, "/home/ada/tree/a"));
        _builds.Finish(Finished(1, "/home/ada/tree/a", second: 2, compile: 2));
        _builds.Begin(Begun(2, "/home/ada/tree/b", second: 9));
        _builds.Finish(Finished(2, "/home/ada/tree/b", second: 10, place: JobPlace.Local, reason: "-fwhat is not known", exit: 1));
        Assert.Empty(_builds.End(Noon.AddSeconds(19)));
        BuildSummary build = Assert.Single(_builds.End(Noon.AddSeconds(21)));
        Assert.Equal((7, "ada", "ada@desk", "/home/ada/tree"), (build.Id, build.User, build.Agent, build.Folder));
        Assert.Equal((2, 2, 1, false), (build.Jobs, build.Compiles, build.Failed, build.IsRunning));
        Assert.Equal(TimeSpan.FromSeconds(10), build.Ended - build.Began);
        Assert.Equal(3, build.CompileSeconds, 3);
        Assert.Equal<BuildFile>([new BuildFile("1.cc", 2, "remote", "w1"), new BuildFile("2.cc", 1, "local", "")], build.Slowest);
        Assert.Equal<BuildReason>([new BuildReason("-fwhat is not known", 1)], build.Reasons);
        Assert.Equal(1, build.Places["remote"]);
        Assert.Empty(_builds.UnderWay);
    }

    [Fact]
    public void A_pause_a_user_a_tree_and_a_name_tell_builds_apart()
    {
        long[] builds =
        [
            _builds.Finish(Finished(1, second: 1)).Id,
            _builds.Finish(Finished(2, second: 5)).Id,
            _builds.Finish(Finished(3, second: 5, agent: "bob@desk")).Id,
            _builds.Finish(Finished(4, second: 5, folder: "/home/ada/other")).Id,
            _builds.Finish(Finished(5, second: 5, build: "nightly")).Id,
            _builds.Finish(Finished(6, second: 6, build: "nightly", folder: "/elsewhere")).Id,
            _builds.Finish(Finished(7, second: 100)).Id,
        ];
        Assert.Equal([7, 7, 8, 9, 10, 10, 11], builds);
    }

    [Fact]
    public void A_build_with_a_job_under_way_does_not_end()
    {
        _builds.Begin(Begun(1));
        Assert.Empty(_builds.End(Noon.AddHours(1)));
        _builds.Forget("ada@desk");
        Assert.Empty(_builds.End(Noon.AddHours(1)));
        Assert.Empty(_builds.UnderWay);
    }

    [Fact]
    public void Questions_alone_are_no_build()
    {
        _builds.Finish(Finished(1, purpose: CommandPurpose.Question));
        Assert.Empty(_builds.End(Noon.AddHours(1)));
    }

    /// <summary>The bound holds when a build begins, and not only when time is told.</summary>
    [Fact]
    public void However_many_users_there_are_the_memory_is_bounded_at_every_moment()
    {
        for (int i = 0; i < 3 * BuildRecognition.Most; i++)
        {
            _builds.Begin(Begun(i, agent: $"u{i}@desk", second: i * 0.001));
            Assert.Equal(Math.Min(i + 1, BuildRecognition.Most), _builds.UnderWay.Count);
        }

        Assert.DoesNotContain(_builds.UnderWay, static build => build.Agent == "u0@desk");
    }

    [Fact]
    public void An_agent_that_begins_very_many_builds_ends_its_own_and_those_are_not_lost()
    {
        var ended = new List<BuildSummary>();
        var builds = new BuildRecognition(1, ended.Add);
        long ada = builds.Begin(Begun(1)).Id, busy = builds.Begin(Begun(1, agent: "eve@desk", build: "busy", second: 0.5)).Id;
        for (int i = 0; i < 2 * BuildRecognition.Most; i++)
        {
            builds.Finish(Finished(i + 2, agent: "eve@desk", build: $"b{i}", second: 2 + (i * 0.001)));
        }

        Assert.Equal(ada, builds.Begin(Begun(2, second: 5)).Id);
        Assert.Equal(busy, builds.Finish(Finished(1, agent: "eve@desk", build: "busy", second: 5)).Id);
        Assert.Equal(BuildRecognition.Most, builds.UnderWay.Count);
        Assert.Equal(BuildRecognition.Most + 2, ended.Count);
        Assert.All(ended, static build => Assert.Equal(("eve@desk", 1, false), (build.Agent, build.Compiles, build.IsRunning)));
        Assert.Equal(ended.OrderBy(static build => build.Ended).Select(static build => build.Id), ended.Select(static build => build.Id));
    }

    [Fact]
    public void A_job_of_a_build_that_was_ended_early_is_counted_in_another()
    {
        BuildUnderWay first = _builds.Begin(Begun(0, agent: "u0@desk"));
        for (int i = 1; i <= BuildRecognition.Most; i++)
        {
            _builds.Begin(Begun(i, agent: $"u{i}@desk", second: 1));
        }

        Assert.Null(_builds.Of(Id(0, "u0@desk")));
        Assert.NotEqual(first.Id, _builds.Finish(Finished(0, agent: "u0@desk", second: 3)).Id);
    }

    [Fact]
    public void However_many_jobs_begin_and_never_end_the_memory_is_bounded()
    {
        for (int i = 0; i < RunningJobs.MostOfMachine + 10; i++)
        {
            _builds.Begin(Begun(i));
        }

        BuildUnderWay build = Assert.Single(_builds.UnderWay);
        Assert.Equal(RunningJobs.MostOfMachine, build.Running);
        Assert.Same(build, _builds.Finish(Finished(RunningJobs.MostOfMachine + 5)));
        _builds.Forget("ada@desk");
        Assert.Equal(0, build.Running);
        Assert.Null(_builds.Of(Id(1)));
    }

    [Fact]
    public void A_machine_that_begins_jobs_without_end_hides_nobody_elses()
    {
        var running = new RunningJobs();
        for (int i = 0; i < RunningJobs.Most; i++)
        {
            JobBegun begun = Begun(i, agent: $"eve@desk/{i % 9}");
            _builds.Begin(begun);
            running.Apply(begun);
        }

        Assert.Equal(RunningJobs.MostOfMachine, running.Count);
        BuildUnderWay build = _builds.Begin(Begun(1));
        running.Apply(Begun(1));
        Assert.Equal(1, build.Running);
        Assert.Contains(running.All, static job => job.Begun.Job == Id(1));

        // What ends makes room, and what is forgotten does.
        running.Apply(Finished(0, agent: "eve@desk/0"));
        running.Apply(Begun(RunningJobs.Most, agent: "eve@desk"));
        Assert.Equal(RunningJobs.MostOfMachine + 1, running.Count);
        running.Apply(new JobsForgotten { At = Noon, Agent = "" });
        running.Apply(Begun(RunningJobs.Most + 1, agent: "eve@desk"));
        Assert.Equal(1, running.Count);
    }

    [Fact]
    public void Only_the_slowest_files_are_told()
    {
        for (int i = 1; i <= 100; i++)
        {
            _builds.Finish(Finished(i, compile: i));
        }

        BuildSummary build = Assert.Single(_builds.End(Noon.AddHours(1)));
        Assert.Equal(Enumerable.Range(81, 20).Reverse().Select(static i => $"{i}.cc"), build.Slowest.Select(static file => file.Subject));
    }
}
