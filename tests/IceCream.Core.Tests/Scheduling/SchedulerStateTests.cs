using IceCream.Jobs;
using IceCream.Scheduling;
using IceCream.Simulation;
using IceCream.Scheduling.Placement;
using Xunit;

namespace IceCream.Tests.Scheduling;

public sealed class SchedulerStateTests
{
    private readonly SimulatedFarm farm = new();

    [Fact]
    public void A_newcomer_gets_half_as_soon_as_it_is_returned_and_no_lease_is_asked_back_twice()
    {
        farm.WorkerJoins("w", 4);
        farm.AgentJoins("a", "ann");
        farm.Wants("a", 9);
        farm.AgentJoins("b", "bob");

        long[] recalled = [.. farm.Wants("b", 9).OfType<LeaseRecalled>().Select(recall => recall.Lease)];

        Assert.Equal(2, recalled.Length);
        Assert.Empty(farm.Wants("b", 10));
        Assert.Equal("b", Assert.Single(farm.Returns(recalled[0]).OfType<LeaseGranted>()).Agent);
    }

    [Fact]
    public void Two_agents_of_one_user_have_one_share()
    {
        farm.WorkerJoins("w", 6);
        farm.AgentJoins("a1", "ann");
        farm.AgentJoins("a2", "ann");
        farm.AgentJoins("b", "bob");
        farm.Wants("a1", 9);
        farm.Wants("a2", 9);
        farm.Wants("b", 9);
        farm.ReturnRecalled();
        Assert.Equal(3, farm.Of("b").Length);
    }

    [Fact]
    public void An_agent_is_told_the_capacity_when_it_joins_and_when_it_changes()
    {
        Assert.Equal([new CapacityChanged("a", 0)], farm.AgentJoins("a", "ann"));
        Assert.Equal([new CapacityChanged("a", 4)], farm.WorkerJoins("w", 4));
        Assert.Empty(farm.WorkerJoins("other", 4, "aarch64"));
        Assert.Equal([new CapacityChanged("a", 0)], farm.WorkerLeaves("w"));
    }

    [Fact]
    public void A_lease_is_renewed_when_half_of_its_time_is_over_and_not_before()
    {
        OneLease();
        Assert.Empty(farm.Passes(TimeSpan.FromSeconds(14)));
        LeaseRenewed renewal = Assert.IsType<LeaseRenewed>(Assert.Single(farm.Passes(TimeSpan.FromSeconds(1))));
        Assert.Equal(farm.Now + TimeSpan.FromSeconds(30), renewal.Lease.Expires);
    }

    [Theory]
    [InlineData(31)]
    [InlineData(86_400)]
    [InlineData(-1)]
    [InlineData(-86_400)]
    public void A_clock_that_jumps_renews_the_leases_of_those_who_are_connected(int seconds)
    {
        SlotLease lease = OneLease();
        LeaseRenewed renewal = Assert.IsType<LeaseRenewed>(Assert.Single(farm.Passes(TimeSpan.FromSeconds(seconds))));
        Assert.Equal((lease.Id, farm.Now + TimeSpan.FromSeconds(30)), (renewal.Lease.Id, renewal.Lease.Expires));
        Assert.Empty(farm.Passes(TimeSpan.Zero));
    }

    [Fact]
    public void The_newest_leases_are_asked_back_first()
    {
        farm.WorkerJoins("w", 4);
        farm.AgentJoins("a", "ann");
        farm.Wants("a", 4);
        farm.AgentJoins("b", "bob");
        Assert.Equal(farm.Of("a").Reverse().Take(2), farm.Wants("b", 2).OfType<LeaseRecalled>().Select(recall => recall.Lease));
    }

    [Fact]
    public void A_worker_that_comes_back_with_another_platform_leaves_its_agents_without()
    {
        SlotLease lease = OneLease();
        Assert.Equal([new LeaseRevoked("a", lease.Id), new CapacityChanged("a", 0)], farm.WorkerJoins("w", 1, "aarch64"));
    }

    [Fact]
    public void A_worker_that_comes_back_smaller_keeps_the_leases_that_fit()
    {
        farm.WorkerJoins("w", 3);
        farm.AgentJoins("a", "ann");
        farm.Wants("a", 3);
        long[] held = farm.Of("a");
        Assert.Equal([new LeaseRevoked("a", held[2]), new CapacityChanged("a", 2)], farm.WorkerJoins("w", 2));
    }

    [Fact]
    public void A_lease_is_revoked_when_its_worker_leaves()
    {
        SlotLease lease = OneLease();
        Assert.Contains(new LeaseRevoked("a", lease.Id), farm.WorkerLeaves("w"));
    }

    [Fact]
    public void An_agent_keeps_its_lease_under_a_scheduler_that_never_heard_of_it()
    {
        SlotLease lease = OneLease();
        var successor = new SimulatedFarm();
        successor.WorkerJoins("w", 1);
        Assert.Equal(lease.Id, Assert.Single(successor.AgentJoins("a", "ann", "x86_64", lease).OfType<LeaseRenewed>()).Lease.Id);
        successor.Wants("a", 2);
        Assert.Equal([lease.Id], successor.Of("a"));
        Assert.True(Assert.Single(successor.WorkerJoins("v", 1).OfType<LeaseGranted>()).Lease.Id > lease.Id);
    }

    [Fact]
    public void A_lease_that_another_agent_made_up_or_stole_is_revoked()
    {
        SlotLease lease = OneLease();
        farm.AgentLeaves("a");
        Assert.Contains(new LeaseRevoked("thief", lease.Id), farm.AgentJoins("thief", "tom", "x86_64", lease));
    }

    [Fact]
    public void Nobody_returns_the_lease_of_another()
    {
        SlotLease lease = OneLease();
        farm.AgentJoins("b", "bob");
        Assert.Empty(farm.Scheduler.Apply(new LeaseReturned(farm.Now, "b", lease.Id)));
        Assert.Equal(1, farm.Scheduler.Describe().Single(node => node.Name == "w").Running);
    }

    [Fact]
    public void A_worker_without_slots_is_shown_with_its_reason()
    {
        farm.Scheduler.Apply(new WorkerJoined(farm.Now, "w", FarmAddress.Memory("w"), "x86_64", 0, default, "no sandbox"));
        NodeInfo node = Assert.Single(farm.Scheduler.Describe());
        Assert.Equal(("refusing", "no sandbox"), (node.State, node.Remark));
    }

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new SchedulerState(new SchedulerOptions { LeaseTime = TimeSpan.Zero }, new LeastLoadedPolicy()));
        Assert.Throws<ArgumentException>(() => new SchedulerState(new SchedulerOptions { FirstLease = 0 }, new LeastLoadedPolicy()));
    }

    private SlotLease OneLease()
    {
        farm.WorkerJoins("w", 1);
        farm.AgentJoins("a", "ann");
        return Assert.Single(farm.Wants("a", 1).OfType<LeaseGranted>()).Lease;
    }
}
