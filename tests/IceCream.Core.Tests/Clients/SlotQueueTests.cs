using FsCheck;
using FsCheck.Xunit;
using IceCream.Clients;
using IceCream.Jobs;
using Xunit;

namespace IceCream.Tests.Clients;

public sealed class SlotQueueTests
{
    [Fact]
    public void The_shortest_goes_first_then_the_longest_and_of_equals_the_earliest()
    {
        var line = new SlotQueue();
        WaitingPlace[] places = [.. new long[] { 2, 5, 3, 5, 1, 1, 3, 4 }.Select(size => line.Join(size, 0, 0))];

        int[] order = [4, 1, 3, 7, 2, 5, 6, 0];
        Assert.Equal(order.Select(i => places[i]), order.Select(_ => Next(line)));
        Assert.Null(Next(line));
    }

    [Property(MaxTest = 100)]
    public void Jobs_of_one_size_go_in_the_order_of_their_coming(byte count)
    {
        var line = new SlotQueue();
        WaitingPlace[] places = [.. Enumerable.Range(0, count).Select(_ => line.Join(7, 0, 0))];

        Assert.Equal(places, places.Select(_ => Next(line)));
    }

    [Fact]
    public void Who_leaves_is_not_served()
    {
        var line = new SlotQueue();
        WaitingPlace gone = line.Join(9, 0, 0), stays = line.Join(1, 0, 0);
        line.Leave(gone);

        Assert.Same(stays, Next(line));
        Assert.Equal(0, line.Count);
    }

    [Property(MaxTest = 100)]
    public void The_least_memory_is_that_of_those_who_wait(int[] steps)
    {
        var line = new SlotQueue();
        var waiting = new List<WaitingPlace>();
        foreach (int step in steps)
        {
            if (step > 0)
            {
                waiting.Add(line.Join(1, step % 5, 0));
            }
            else if (step % 2 == 0 && Next(line) is { } served)
            {
                waiting.Remove(served);
            }
            else if (waiting.Count > 0)
            {
                WaitingPlace gone = waiting[Math.Abs(step % waiting.Count)];
                Assert.True(line.Leave(gone));
                Assert.False(line.Leave(gone));
                waiting.Remove(gone);
            }

            Assert.Equal((waiting.Count, waiting.Count == 0 ? 0 : waiting.Min(static place => place.Memory)), (line.Count, line.LeastMemory));
        }

        Assert.Equal(waiting, line.Clear());
        Assert.Equal((0, 0L), (line.Count, line.LeastMemory));
    }

    /// <param name="steps">A positive number joins with that size; any other serves the next.</param>
    [Property(MaxTest = 300, EndSize = 400)]
    public void Everybody_is_served_once_and_nobody_overtaken_too_often(int[] steps)
    {
        var line = new SlotQueue();
        var joined = new List<WaitingPlace>();
        var served = new List<WaitingPlace>();
        foreach (int step in steps)
        {
            if (step > 0)
            {
                joined.Add(line.Join(step, 0, 0));
            }
            else if (Next(line) is { } next)
            {
                served.Add(next);
            }
        }

        while (Next(line) is { } next)
        {
            served.Add(next);
        }

        Assert.Equal(joined.ToHashSet(), served.ToHashSet());
        Assert.Equal(joined.Count, served.Count);
        for (int i = 0; i < served.Count; i++)
        {
            int came = joined.IndexOf(served[i]);
            Assert.InRange(served.Take(i).Count(other => joined.IndexOf(other) > came), 0, SlotQueue.MostOvertaken);
        }
    }

    [Fact]
    public void A_job_of_middle_size_is_served_although_longer_and_shorter_ones_keep_coming()
    {
        var line = new SlotQueue();
        WaitingPlace middle = line.Join(5, 0, 0);
        int before = 0;
        do
        {
            line.Join(10, 0, 0);
            line.Join(1, 0, 0);
            before++;
        }
        while (Next(line) != middle);

        Assert.Equal(SlotQueue.MostOvertaken + 1, before);
    }

    [Fact]
    public void A_slow_slot_gets_the_longest_job_that_does_not_end_sooner_behind_all_others_on_a_fast_one()
    {
        // Two fast slots in use and one at a tenth. What waits takes the three 52: on the slow one 100 takes 1,000, 7 takes 70 against 52 + 7, and 5 takes 50.
        var line = new SlotQueue();
        line.Join(1, 0, 0);
        Next(line);
        WaitingPlace[] places = [.. new long[] { 100, 7, 5, 1 }.Select(size => line.Join(size, 0, 0))];
        var speeds = new HeldSpeeds(1, 2.1);

        Assert.Same(places[2], line.Next(Lease(0.1), speeds, 0));
        Assert.Same(places[3], line.Next(Lease(0.1), speeds, 0));
        Assert.Null(line.Next(Lease(0.1), speeds, 0));
        Assert.Same(places[0], line.Next(Lease(1), speeds, 0));
        Assert.Same(places[1], line.Next(Lease(0.1), new HeldSpeeds(0, 0.1), 0));
    }

    [Property(MaxTest = 200)]
    public void Nobody_waits_for_longer_than_a_faster_slot_could_save(PositiveInt size, PositiveInt tenths)
    {
        double slow = Math.Min(0.79, tenths.Get / 100.0);
        var line = new SlotQueue();
        WaitingPlace place = line.Join(size.Get, 0, 0);
        double saves = (size.Get / slow) - size.Get;
        WaitingPlace? atOnce = line.Next(Lease(slow), new HeldSpeeds(1, 1e9), 0);
        Assert.True(atOnce is null || size.Get / slow < size.Get + 1);
        Assert.Same(place, atOnce ?? line.Next(Lease(slow), new HeldSpeeds(1, 1e9), saves));
    }

    [Fact]
    public void A_job_that_needs_more_memory_than_the_worker_has_is_passed_by_and_keeps_its_turn()
    {
        var line = new SlotQueue();
        WaitingPlace large = line.Join(9, 4 << 20, 0);
        WaitingPlace[] small = [.. Enumerable.Range(0, 2 * SlotQueue.MostOvertaken).Select(_ => line.Join(1, 0, 0))];

        Assert.All(small, place => Assert.Same(place, line.Next(Lease(1, memory: 1 << 20), new HeldSpeeds(1, 1), 0)));
        Assert.Null(line.Next(Lease(1, memory: 1 << 20), new HeldSpeeds(1, 1), 0));
        Assert.Equal(4 << 20, line.LeastMemory);
        Assert.Equal(0, large.Overtaken);
        Assert.Same(large, line.Next(Lease(1, memory: 4 << 20), new HeldSpeeds(1, 1), 0));
    }

    [Fact]
    public void A_job_whose_worker_fell_silent_comes_before_all_that_have_not_begun_and_overtakes_nobody()
    {
        var line = new SlotQueue();
        WaitingPlace[] places = [.. Enumerable.Range(0, 100).Select(size => line.Join(1000 + size, 0, 0))];

        // Far enough for the first ones to be due whatever their size.
        WaitingPlace?[] served = [.. Enumerable.Range(0, 2 * SlotQueue.MostOvertaken).Select(_ => Next(line))];
        int[] overtaken = [.. places.Select(static place => place.Overtaken)];
        WaitingPlace due = places.First(place => !served.Contains(place));
        Assert.Equal(SlotQueue.MostOvertaken, due.Overtaken);
        WaitingPlace small = line.Join(Urgent(1)), large = line.Join(Urgent(5000));

        Assert.Same(small, Next(line));
        Assert.Same(large, Next(line));
        Assert.Equal(overtaken, places.Select(static place => place.Overtaken));
        Assert.Same(due, Next(line));
    }

    [Fact]
    public void A_job_whose_worker_fell_silent_takes_any_other_worker_and_does_not_wait_for_the_silent_one()
    {
        var line = new SlotQueue();
        WaitingPlace urgent = line.Join(Urgent(1000, notOn: "blade")), usual = line.Join(1, 0, 0);

        Assert.Same(usual, line.Next(Lease(10), new HeldSpeeds(10, 10.1), 0));
        Assert.Same(urgent, line.Next(Lease(0.1) with { Worker = "slow" }, new HeldSpeeds(10, 10.1), 0));
    }

    private static WaitingPlace Urgent(long size, string? notOn = null) => new(size, 0, 0) { IsUrgent = true, NotOn = notOn };

    private static WaitingPlace? Next(SlotQueue line) => line.Next(Lease(1), new HeldSpeeds(1, 1), 0);

    private static SlotLease Lease(double speed, long memory = 0) =>
        new(1, "blade", FarmAddress.Memory("blade"), DateTimeOffset.MaxValue, default) { Speed = speed, Memory = memory };
}
