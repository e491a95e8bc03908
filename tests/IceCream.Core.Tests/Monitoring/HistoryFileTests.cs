using System.Text.Json;
using IceCream.Monitoring;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;
using static IceCream.Tests.Monitoring.Events;

namespace IceCream.Tests.Monitoring;

/// <summary>What is remembered of builds outlives the program, is bounded, and is never in the way.</summary>
public sealed class HistoryFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("icecream-test-").FullName;

    private string File => Path.Combine(_folder, "scheduler", "builds");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Lines_come_back_and_a_torn_one_harms_no_other()
    {
        using (var history = new HistoryFile(File, 1 << 20))
        {
            Assert.True(history.TryAppend("one"));
            Assert.True(history.TryAppend("two"));
        }

        System.IO.File.AppendAllText(File, "tor");
        using var again = new HistoryFile(File, 1 << 20);
        Assert.True(again.TryAppend("three"));
        Assert.Equal(["one", "two", "tor", "three"], again.Read());
    }

    [Fact]
    public void It_never_grows_beyond_twice_its_limit()
    {
        using var history = new HistoryFile(File, 1000);
        for (int i = 0; i < 1000; i++)
        {
            Assert.True(history.TryAppend($"line {i}"));
        }

        Assert.InRange(Directory.GetFiles(Path.GetDirectoryName(File)!).Sum(static file => new FileInfo(file).Length), 1000, 2100);
        Assert.Equal("line 999", history.Read().Last());
    }

    [Fact]
    public void A_line_that_no_reader_takes_is_lost_and_the_next_one_is_not()
    {
        using var history = new HistoryFile(File, 1 << 20);
        Assert.False(history.TryAppend(new string('a', 300 << 10)));
        Assert.Contains("longer than any reader takes", history.Obstacle!.Detail, StringComparison.Ordinal);
        Assert.True(history.TryAppend("two"));
        Assert.Null(history.Obstacle);
        Assert.Equal(["two"], history.Read());
    }

    [Fact]
    public void Of_the_builds_as_many_are_told_as_have_room()
    {
        var builds = new BuildRecognition(1);
        BuildSummary[] all = [.. Enumerable.Range(1, 50).Select(number =>
        {
            builds.Finish(Finished(number));
            return builds.End(Noon.AddHours(1)).Single();
        })];
        Assert.Equal(all.Select(static build => build.Id), Told(1 << 20));
        Assert.Empty(Told(2));
        long[] some = Told(8 << 10);
        Assert.InRange(some.Length, 2, 49);
        Assert.Equal(all.Take(some.Length).Select(static build => build.Id), some);

        long[] Told(int room)
        {
            byte[] told = BuildHistory.Write(all, room);
            Assert.InRange(told.Length, 2, room);
            return [.. JsonSerializer.Deserialize(told, BuildJson.Default.IReadOnlyListBuildSummary)!.Select(static build => build.Id)];
        }
    }

    [Fact]
    public void A_place_that_cannot_be_written_costs_the_lines_and_says_why()
    {
        System.IO.File.WriteAllText(Path.Combine(_folder, "scheduler"), "in the way");
        using var history = new HistoryFile(File, 1000);
        Assert.False(history.TryAppend("one"));
        Assert.NotNull(history.Obstacle);
        Assert.Empty(history.Read());
    }

    [Fact]
    public void Builds_outlive_a_restart_with_a_torn_and_a_foreign_line_among_them()
    {
        var builds = new BuildRecognition(3);
        builds.Finish(Finished(1));
        BuildSummary build = Assert.Single(builds.End(Noon.AddHours(1)));
        string folder = Path.GetDirectoryName(File)!;
        using (var history = new BuildHistory(folder, NullLogger.Instance))
        {
            history.Add(build);
        }

        System.IO.File.AppendAllLines(File, ["{\"id\":", "[]", "null", "{\"id\":5}", "{\"id\":6,\"slowest\":null,\"reasons\":null}"]);
        using var again = new BuildHistory(folder, NullLogger.Instance);
        Assert.Contains(again.Builds, each => each.Id == 3 && each.Slowest.Single().Subject == "1.cc" && each.Places["remote"] == 1);
        Assert.All(again.Builds, static each => Assert.False(each.Slowest.IsDefault));
        Assert.InRange(again.Last, 3, 6);
    }
}
