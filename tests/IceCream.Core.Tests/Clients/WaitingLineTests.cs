using FsCheck;
using FsCheck.Xunit;
using IceCream.Clients;
using IceCream.Jobs;
using Xunit;

namespace IceCream.Tests.Clients;

public sealed class WaitingLineTests
{
    [Fact]
    public void The_shortest_goes_first_then_the_longest_and_of_equals_the_earliest()
    {
        var line = new WaitingLine();
        WaitingPlace[] places = [.. new long[] { 2, 5, 3, 5, 1, 1, 3, 4 }.Select(size => line.Join(size, 0))];

        int[] order = [4, 1, 3, 7, 2, 5, 6, 0];
        Assert.Equal(order.Select(i => places[i]), order.Select(_ => Next(line)));
        Assert.Null(Next(line));
    }

    [Property(MaxTest = 100)]
    public void Jobs_of_one_size_go_in_the_order_of_their_coming(byte count)
    {
        var line = new WaitingLine();
        WaitingPlace[] places = [.. Enumerable.Range(0, count).Select(_ => line.Join(7, 0))];

        Assert.Equal(places, places.Select(_ => Next(line)));
    }

    [Fact]
    public void Who_leaves_is_not_served()
    {
        var line = new WaitingLine();
        WaitingPlace gone = line.Join(9, 0), stays = line.Join(1, 0);
        line.Leave(gone);

        Assert.Same(stays, Next(line));
        Assert.Equal(0, line.Count);
    }

    /// <param name="steps">A positive number joins with that size; any other serves the next.</param>
    [Property(MaxTest = 300, EndSize = 400)]
    public void Everybody_is_served_once_and_nobody_overtaken_too_often(int[] steps)
    {
        var line = new WaitingLine();
        var joined = new List<WaitingPlace>();
        var served = new List<WaitingPlace>();
        foreach (int step in steps)
        {
            if (step > 0)
            {
                joined.Add(line.Join(step, 0));
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
            Assert.InRange(served.Take(i).Count(other => joined.IndexOf(other) > came), 0, WaitingLine.MostOvertaken);
        }
    }

    [Fact]
    public void A_job_of_middle_size_is_served_although_longer_and_shorter_ones_keep_coming()
    {
        var line = new WaitingLine();
        WaitingPlace middle = line.Join(5, 0);
        int before = 0;
        do
        {
            line.Join(10, 0);
            line.Join(1, 0);
            before++;
        }
        while (Next(line) != middle);

        Assert.Equal(WaitingLine.MostOvertaken + 1, before);
    }

    [Fact]
    public void A_slow_slot_gets_the_longest_job_that_it_does_not_hold_up()
    {
        // Two fast slots and one at a tenth: the job of 100 would take it 1,000, where all that waits takes 120 and the fast ones 100 for that job alone.
        var line = new WaitingLine();
        Next(line);
        line.Join(1, 0);
        Next(line);
        WaitingPlace[] places = [.. new long[] { 100, 20, 3, 120 }.Select(size => line.Join(size, 0))];
        var speeds = new HeldSpeeds(1, 2.1);

        Assert.Same(places[2], line.Next(Lease(0.1), speeds));
        Assert.Same(places[3], line.Next(Lease(1), speeds));
    }

    [Fact]
    public void A_job_that_needs_more_memory_than_the_worker_has_is_passed_by_and_keeps_its_turn()
    {
        var line = new WaitingLine();
        WaitingPlace large = line.Join(9, 4 << 20);
        WaitingPlace[] small = [.. Enumerable.Range(0, 2 * WaitingLine.MostOvertaken).Select(_ => line.Join(1, 0))];

        Assert.All(small, place => Assert.Same(place, line.Next(Lease(1, memory: 1 << 20), new HeldSpeeds(1, 1))));
        Assert.Null(line.Next(Lease(1, memory: 1 << 20), new HeldSpeeds(1, 1)));
        Assert.Equal(4 << 20, line.LeastMemory);
        Assert.Equal(0, large.Overtaken);
        Assert.Same(large, line.Next(Lease(1, memory: 4 << 20), new HeldSpeeds(1, 1)));
    }

    private static WaitingPlace? Next(WaitingLine line) => line.Next(Lease(1), new HeldSpeeds(1, 1));

    private static SlotLease Lease(double speed, long memory = 0) =>
        new(1, "blade", FarmAddress.Memory("blade"), DateTimeOffset.MaxValue, default) { Speed = speed, Memory = memory };
}
