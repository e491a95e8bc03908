using IceCream.Jobs;
using IceCream.Scheduling;
using IceCream.Simulation;
using Xunit;

namespace IceCream.Tests.Scheduling;

public sealed class WorkerHealthTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void The_time_doubles_with_each_relapse_up_to_about_an_hour_and_good_work_halves_it()
    {
        var health = new WorkerHealth();
        DateTimeOffset now = Start;
        Fail(health, WorkerHealth.Limit, now);
        var times = new List<TimeSpan>();
        for (int relapse = 0; relapse < 10; relapse++)
        {
            times.Add(Until(health, ref now));
            Assert.Equal(WorkerStanding.OnProbation, health.Standing);
            Fail(health, 1, now);
        }

        Assert.Equal([30, 60, 120, 240, 480, 960, 1920, 3840, 3840, 3840], times.Select(time => (int)time.TotalSeconds));

        Until(health, ref now);
        Assert.True(health.Succeed());
        Assert.Equal(WorkerStanding.Trusted, health.Standing);
        for (int job = 0; job < 7 * WorkerHealth.GoodJobs; job++)
        {
            health.Succeed();
        }

        Assert.Equal(0, health.Doublings);
    }

    [Fact]
    public void Few_failures_among_many_good_jobs_set_nobody_aside()
    {
        var health = new WorkerHealth();
        for (int round = 0; round < 50; round++)
        {
            Fail(health, 1, Start);
            for (int job = 0; job < WorkerHealth.GoodJobs; job++)
            {
                health.Succeed();
            }
        }

        Assert.Equal(WorkerStanding.Trusted, health.Standing);
        Fail(health, WorkerHealth.Limit, Start);
        Assert.Equal(WorkerStanding.Quarantined, health.Standing);
    }

    [Fact]
    public void A_clock_that_is_set_back_lengthens_no_quarantine()
    {
        var health = new WorkerHealth();
        Fail(health, WorkerHealth.Limit, Start);
        Assert.False(health.Pass(Start));
        Assert.True(health.Pass(Start - TimeSpan.FromDays(1)));
    }

    [Fact]
    public void A_quarantined_worker_loses_its_slots_gets_one_back_and_then_all()
    {
        var farm = new SimulatedFarm();
        farm.WorkerJoins("good", 2);
        farm.WorkerJoins("bad", 4);
        farm.AgentJoins("a", "u");
        farm.Wants("a", 9);
        for (int failure = 0; failure < WorkerHealth.Limit; failure++)
        {
            farm.Blames("a", "bad");
        }

        Assert.Equal(("quarantined", 2), (farm.Scheduler.Describe().Single(node => node.Name == "bad").State, farm.Capacity["a"]));
        farm.ReturnRecalled();
        Assert.All(farm.Leases.Values, held => Assert.Equal("good", held.Lease.Worker));

        farm.Passes(WorkerHealth.FirstTime);
        SlotLease probe = Assert.Single(farm.Leases.Values, held => held.Lease.Worker == "bad").Lease;
        farm.Ends("bad", new CostReport { Lease = probe.Id, Keys = default, Outcome = JobOutcome.Rejected });
        Assert.Equal(4, farm.Leases.Values.Count(held => held.Lease.Worker == "bad"));
    }

    [Fact]
    public void One_users_agents_set_no_worker_aside_that_others_use()
    {
        var farm = new SimulatedFarm();
        farm.WorkerJoins("w", 4);
        farm.AgentJoins("eve@desk", "eve");
        farm.AgentJoins("eve@desk/2", "eve");
        farm.AgentJoins("ada@desk", "ada");
        foreach (string agent in (string[])["eve@desk", "eve@desk/2", "ada@desk"])
        {
            farm.Wants(agent, 1);
        }

        for (int failure = 0; failure < 10 * WorkerHealth.Limit; failure++)
        {
            farm.Blames("eve@desk", "w");
            farm.Blames("eve@desk/2", "w");
        }

        Assert.Equal(4, farm.Usable("w"));

        // Another user's word is enough, and a relapse needs as much.
        farm.Blames("ada@desk", "w");
        Assert.Equal(0, farm.Usable("w"));
        farm.Passes(WorkerHealth.FirstTime);
        farm.Blames("eve@desk", "w");
        farm.Blames("eve@desk", "w");
        Assert.Equal(1, farm.Usable("w"));
        farm.Blames("ada@desk", "w");
        Assert.Equal(0, farm.Usable("w"));
    }

    [Fact]
    public void Who_is_believed_no_more_after_good_work_is_the_first_to_accuse_again()
    {
        var health = new WorkerHealth();
        Assert.False(health.Fail(Start, "eve", static () => false));
        for (int job = 0; job < WorkerHealth.GoodJobs; job++)
        {
            health.Succeed();
        }

        for (int failure = 0; failure < 10; failure++)
        {
            Assert.False(health.Fail(Start, "ada", static () => false));
        }

        // Whether somebody else is there is looked for once in a while, however often she says so.
        Assert.False(health.Fail(Start, "ada", static () => throw new InvalidOperationException("It was looked for just now.")));
        Assert.True(health.Fail(Start + WorkerHealth.FirstTime, "ada", static () => true));
    }

    [Fact]
    public void An_agent_that_has_no_jobs_leaves_its_word_to_those_that_have()
    {
        var farm = new SimulatedFarm();
        farm.WorkerJoins("w", 1);
        farm.AgentJoins("ada@desk", "ada");
        farm.AgentJoins("icecream@blade", "icecream");
        farm.Wants("ada@desk", 1);
        for (int failure = 0; failure < WorkerHealth.Limit; failure++)
        {
            farm.Blames("ada@desk", "w");
        }

        Assert.Equal(0, farm.Usable("w"));
    }

    [Fact]
    public void Who_has_never_used_a_worker_is_not_believed_about_it()
    {
        var farm = new SimulatedFarm();
        farm.WorkerJoins("w", 1);
        farm.AgentJoins("holder", "u");
        farm.Wants("holder", 1);
        farm.AgentJoins("stranger", "v");
        for (int failure = 0; failure < 10; failure++)
        {
            farm.Blames("stranger", "w");
        }

        Assert.Equal(1, farm.Usable("w"));
    }

    [Fact]
    public void A_drained_worker_ends_what_it_has_and_gets_nothing_more_until_it_is_undrained()
    {
        var farm = new SimulatedFarm();
        farm.WorkerJoins("w", 2);
        farm.WorkerJoins("x", 2);
        farm.AgentJoins("a", "u");
        farm.Wants("a", 4);
        farm.Drains("w", "a new disk");

        Assert.Equal(2, farm.Leases.Values.Count(held => held is { Recalled: true, Lease.Worker: "w" }));
        NodeInfo drained = farm.Scheduler.Describe().Single(node => node.Name == "w");
        Assert.Equal(("drained", "a new disk"), (drained.State, drained.Remark));
        farm.ReturnRecalled();
        Assert.Equal(2, farm.Leases.Count);

        farm.SchedulerRestarts(new Random(1));
        Assert.Equal(2, farm.Leases.Count);
        farm.Wants("a", 4);
        Assert.Equal(2, farm.Leases.Count);
        farm.Drains("w", null);
        Assert.Equal(4, farm.Leases.Count);
    }

    private static void Fail(WorkerHealth health, int times, DateTimeOffset now)
    {
        for (int i = 0; i < times; i++)
        {
            health.Fail(now);
        }
    }

    private static TimeSpan Until(WorkerHealth health, ref DateTimeOffset now)
    {
        DateTimeOffset before = now;
        while (!health.Pass(now))
        {
            now += TimeSpan.FromSeconds(1);
        }

        return now - before;
    }
}
