using FsCheck;
using FsCheck.Xunit;
using IceCream.Clients;
using Xunit;

namespace IceCream.Tests.Clients;

public sealed class WaitingLineTests
{
    [Fact]
    public void The_shortest_goes_first_then_the_longest_and_of_equals_the_earliest()
    {
        var line = new WaitingLine();
        WaitingPlace[] places = [.. new long[] { 2, 5, 3, 5, 1, 1, 3, 4 }.Select(line.Join)];

        int[] order = [4, 1, 3, 7, 2, 5, 6, 0];
        Assert.Equal(order.Select(i => places[i]), order.Select(_ => line.Next()));
        Assert.Null(line.Next());
    }

    [Property(MaxTest = 100)]
    public void Jobs_of_one_size_go_in_the_order_of_their_coming(byte count)
    {
        var line = new WaitingLine();
        WaitingPlace[] places = [.. Enumerable.Range(0, count).Select(_ => line.Join(7))];

        Assert.Equal(places, places.Select(_ => line.Next()));
    }

    [Fact]
    public void Who_leaves_is_not_served()
    {
        var line = new WaitingLine();
        WaitingPlace gone = line.Join(9), stays = line.Join(1);
        line.Leave(gone);

        Assert.Same(stays, line.Next());
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
                joined.Add(line.Join(step));
            }
            else if (line.Next() is { } next)
            {
                served.Add(next);
            }
        }

        while (line.Next() is { } next)
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
        WaitingPlace middle = line.Join(5);
        int before = 0;
        do
        {
            line.Join(10);
            line.Join(1);
            before++;
        }
        while (line.Next() != middle);

        Assert.Equal(WaitingLine.MostOvertaken + 1, before);
    }
}
