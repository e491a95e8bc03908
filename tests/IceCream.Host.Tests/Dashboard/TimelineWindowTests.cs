using System.Text.Json;
using IceCream.Host.Dashboard;
using IceCream.Jobs;
using IceCream.Monitoring;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace IceCream.Host.Tests.Dashboard;

/// <summary>The past as the timeline is told of it: exact where it is short, bounded where it is long.</summary>
public sealed class TimelineWindowTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 4, 12, 0, 0, TimeSpan.Zero);

    private readonly string _folder = Directory.CreateTempSubdirectory("icecream-window-").FullName;
    private readonly FakeTimeProvider _time = new(Noon);
    private readonly FarmJobs _jobs;
    private long _number;

    public TimelineWindowTests() => _jobs = new FarmJobs(new BuildHistory(null, NullLogger.Instance), _time, new JobLog(_folder, JobLogLimits.Usual, _time, NullLogger.Instance));

    public void Dispose()
    {
        _jobs.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Few_jobs_are_told_one_by_one_and_those_of_other_times_not_at_all()
    {
        Run("w1", 10);
        _time.Advance(TimeSpan.FromHours(1));
        Run("w1", 3);
        JsonElement told = Look(TimeSpan.FromMinutes(10));
        Assert.Equal(3, told.GetProperty("jobs").GetArrayLength());
        Assert.Equal(13, Look(TimeSpan.FromHours(2)).GetProperty("jobs").GetArrayLength());
    }

    [Fact]
    public void Of_many_jobs_it_is_told_how_busy_each_machine_was_and_nothing_is_lost_of_it()
    {
        for (int i = 0; i < 60; i++)
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            Run("w1", 60, user: i < 30 ? "ada" : "bob");
            Run("w2", 30, exit: 1);
        }

        JsonElement told = Look(TimeSpan.FromDays(7));
        Assert.Equal(5400, told.GetProperty("count").GetInt32());
        Assert.False(told.TryGetProperty("jobs", out _));
        Dictionary<string, JsonElement> machines = told.GetProperty("machines").EnumerateArray().ToDictionary(static machine => machine.GetProperty("key").GetString()!);
        Assert.Equal(["w1", "w2"], machines.Keys.Order());
        Assert.Equal(3600 * 0.5, machines["w1"].GetProperty("parts").EnumerateArray().Sum(static part => part[1].GetDouble()), 1.0);
        Assert.Equal(1800, machines["w2"].GetProperty("parts").EnumerateArray().Sum(static part => part[3].GetInt32()));

        JsonElement[] parts = [.. Look(TimeSpan.FromHours(1.2)).GetProperty("machines")[0].GetProperty("parts").EnumerateArray()];
        Assert.Equal(("ada", "bob"), (parts[0][2].GetString(), parts[^1][2].GetString()));
    }

    /// <summary>Two thousand machines for a week: the answer is bounded, and says that there were more.</summary>
    [Fact]
    public void An_answer_is_of_bounded_length_however_large_the_farm_is()
    {
        for (int i = 0; i < 20_000; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(30));
            Run($"worker-with-a-long-name-{i % 2000}", 1);
            _jobs.PassTime();
        }

        var window = TimelineWindow.Of(_jobs, _time.GetUtcNow().AddDays(-7), _time.GetUtcNow());
        byte[] bytes = DashboardJson.Bytes(window.Write);
        Assert.InRange(bytes.Length, 100_000, 4 << 20);
        JsonElement machines = JsonDocument.Parse(bytes).RootElement.GetProperty("machines");
        Assert.Contains(machines.EnumerateArray(), static machine => machine.GetProperty("key").GetString() == "(others)");
        Assert.Equal(20_000, machines.EnumerateArray().Sum(static machine => machine.GetProperty("jobs").GetInt32()));
    }

    /// <summary>A number of machines at which one part more for each would make twice as many in all.</summary>
    [Theory]
    [InlineData(101)]
    [InlineData(199)]
    [InlineData(999)]
    [InlineData(1200)]
    public void No_number_of_machines_has_more_parts_than_an_answer_may(int machines)
    {
        for (int i = 0; i < Math.Max(machines, TimelineWindow.MostJobs + 1); i++)
        {
            Run($"w{i % machines}", 1, seconds: 600);
        }

        JsonElement told = Look(TimeSpan.FromMinutes(10)).GetProperty("machines");
        Assert.InRange(told.EnumerateArray().Sum(static machine => machine.GetProperty("parts").GetArrayLength()), TimelineWindow.MostCells / 3, TimelineWindow.MostCells);
    }

    private JsonElement Look(TimeSpan back) =>
        JsonDocument.Parse(DashboardJson.Bytes(TimelineWindow.Of(_jobs, _time.GetUtcNow() - back, _time.GetUtcNow()).Write)).RootElement;

    private void Run(string worker, int jobs, string user = "ada", int exit = 0, double seconds = 0.5)
    {
        for (int i = 0; i < jobs; i++)
        {
            DateTimeOffset now = _time.GetUtcNow();
            _jobs.Hear($"{user}@desk", user, now, 2,
            [
                new JobFinished
                {
                    At = now, Job = new JobId($"{user}@desk", ++_number),
                    Record = new JobRecord
                    {
                        Subject = "a.cc", Directory = "/home/ada/tree", Place = JobPlace.Remote, Worker = worker, ExitCode = exit, Duration = TimeSpan.FromSeconds(1), Ended = now,
                        Timeline = JobTimeline.Empty.With(JobStep.Lease, TimeSpan.FromSeconds(0.5)).With(JobStep.Compile, TimeSpan.FromSeconds(seconds)),
                    },
                },
            ]);
        }
    }
}
