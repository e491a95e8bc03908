using System.Collections.Immutable;
using FsCheck;
using FsCheck.Xunit;
using IceCream.Jobs;
using IceCream.Scheduling;
using IceCream.Simulation;
using Xunit;

namespace IceCream.Tests.Scheduling;

/// <summary>Who gets how much: weights of users, classes of jobs.</summary>
public sealed class SharesProperties
{
    // Jain's index of what users hold for their weights, over two leases' time: (sum x)^2 / (n sum x^2), which is 1 where all are served alike.
    [Property(MaxTest = 40)]
    public void Users_are_served_by_their_weights_and_classes(int seed)
    {
        var random = new Random(seed);
        int users = random.Next(2, 6), slots = random.Next(40 * users, 80 * users);
        double[] weights = [.. Enumerable.Range(0, users).Select(_ => random.Next(2) == 0 ? 1.0 : random.Next(1, 4))];
        var farm = new SimulatedFarm(options: new SchedulerOptions
        {
            Shares = Enumerable.Range(0, users).ToImmutableDictionary(static i => $"u{i}", i => new UserShare(weights[i])),
        });
        farm.WorkerJoins("w", slots);
        for (int i = 0; i < users; i++)
        {
            if (random.Next(3) == 0)
            {
                farm.Declares($"a{i}", PriorityClass.Ci);
                weights[i] /= 4;
            }

            farm.AgentJoins($"a{i}", $"u{i}");
            farm.Wants($"a{i}", slots);
            farm.ReturnRecalled();
        }

        double[] served = new double[users];
        for (int turn = 0; turn < 20; turn++)
        {
            for (int ended = 0; ended < slots / 32; ended++)
            {
                farm.Returns(farm.Leases.Keys.ElementAt(random.Next(farm.Leases.Count)));
            }

            farm.Passes(TimeSpan.FromSeconds(3));
            for (int i = 0; i < users; i++)
            {
                served[i] += farm.Of($"a{i}").Length / weights[i];
            }
        }

        double index = served.Sum() * served.Sum() / (users * served.Sum(static part => part * part));
        Assert.True(index >= 0.95, $"Jain's index is {index:0.000} for {string.Join(' ', served)}");
    }

    [Property(MaxTest = 500)]
    public void Nobody_gets_more_for_his_weight_than_another_who_wants_more(int seed)
    {
        var random = new Random(seed);
        int capacity = random.Next(1000);
        FairQueue.Claim[] all = [.. Enumerable.Range(0, random.Next(1, 12)).Select(i => new FairQueue.Claim(random.Next(300), random.Next(300), i, random.Next(1, 1000)))];
        int[] shares = FairQueue.Shares(capacity, all);
        Assert.Equal(Math.Min(capacity, all.Sum(static claim => claim.Wanted)), shares.Sum());
        for (int i = 0; i < all.Length; i++)
        {
            Assert.InRange(shares[i], 0, all[i].Wanted);
            for (int j = 0; j < all.Length; j++)
            {
                // One slot apart, at both ends.
                Assert.True(
                    shares[i] == all[i].Wanted || (double)(shares[j] - 1) / all[j].Weight <= (double)(shares[i] + 1) / all[i].Weight,
                    $"{shares[i]} of {all[i]} beside {shares[j]} of {all[j]}");
            }
        }
    }

    [Fact]
    public void A_class_that_is_claimed_counts_no_more_than_the_best_that_the_user_is_granted()
    {
        var farm = new SimulatedFarm(options: new SchedulerOptions { Shares = ImmutableDictionary<string, UserShare>.Empty.Add("bot", new UserShare(1, PriorityClass.Ahead)) });
        farm.WorkerJoins("w", 4);
        farm.AgentJoins("robot", "bot");
        farm.Wants("robot", 4);
        farm.AgentJoins("desk", "ada");
        farm.Wants("desk", 4);
        farm.ReturnRecalled();
        Assert.Equal((0, 4), (farm.Of("robot").Length, farm.Of("desk").Length));
    }

    [Fact]
    public void Work_ahead_takes_what_is_left_and_gives_it_back_as_soon_as_somebody_waits()
    {
        var farm = new SimulatedFarm();
        farm.WorkerJoins("w", 8);
        farm.Declares("ahead", PriorityClass.Ahead);
        farm.AgentJoins("ahead", "ada");
        farm.Wants("ahead", 100);
        Assert.Equal(8, farm.Of("ahead").Length);

        farm.AgentJoins("desk", "bob");
        IReadOnlyList<SchedulerDecision> decisions = farm.Wants("desk", 3);
        Assert.Equal(3, decisions.OfType<LeaseRecalled>().Count(static recall => recall.Agent == "ahead"));
        farm.ReturnRecalled();
        Assert.Equal((5, 3), (farm.Of("ahead").Length, farm.Of("desk").Length));
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(1000.0)]
    [InlineData(double.NaN)]
    public void A_weight_that_is_none_is_refused_and_named(double weight)
    {
        var options = new SchedulerOptions { Shares = ImmutableDictionary<string, UserShare>.Empty.Add("ada", new UserShare(weight)) };
        Assert.Contains("'ada'", Assert.Throws<ArgumentException>(options.Validate).Message, StringComparison.Ordinal);
    }
}
