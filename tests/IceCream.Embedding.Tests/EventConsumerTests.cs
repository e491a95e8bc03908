using IceCream.Jobs;
using IceCream.Nodes;
using Xunit;

namespace IceCream.Embedding.Tests;

/// <summary>A consumer of events that prints a line a job.</summary>
public sealed class EventConsumerTests
{
    [Fact]
    public async Task Each_job_that_ends_is_a_line()
    {
        using var project = new Project();
        await using EmbeddedFarm farm = await EmbeddedFarm.StartAsync(project.Farm);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        Task<List<string>> printing = PrintAsync(farm.WatchJobsAsync(patience.Token), 2);
        await project.CompileAsync(farm);
        await project.CompileAsync(farm);
        Assert.Equal(["a.c begins", "a.c: Remote", "a.c begins", "a.c: Remote"], await printing);
        JobStatistics done = farm.Describe();
        Assert.Equal((2, 0, 2), (done.Remote, done.Local, done.Recent.Length));
    }

    private static async Task<List<string>> PrintAsync(IAsyncEnumerable<JobEvent> events, int jobs)
    {
        var lines = new List<string>();
        var underWay = new HashSet<JobId>();
        await foreach (JobEvent happened in events)
        {
            switch (happened)
            {
                case JobBegun begun:
                    underWay.Add(begun.Job);
                    lines.Add($"{begun.Subject} begins");
                    break;
                case JobFinished { Record: JobRecord record } finished:
                    lines.Add(underWay.Remove(finished.Job) ? $"{record.Subject}: {record.Place}" : $"{record.Subject} has ended before it began");
                    break;
                case JobEventsLost lost:
                    lines.Add($"{lost.Count} events were lost");
                    break;
            }

            if (lines.Count == 2 * jobs)
            {
                break;
            }
        }

        return lines;
    }
}
