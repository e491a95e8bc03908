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
        Assert.Equal(["a.c: Remote", "a.c: Remote"], await printing);
    }

    private static async Task<List<string>> PrintAsync(IAsyncEnumerable<JobEvent> events, int jobs)
    {
        var lines = new List<string>();
        await foreach (JobEvent happened in events)
        {
            if (happened is JobFinished { Record: var record })
            {
                lines.Add($"{record.Subject}: {record.Place}");
                if (lines.Count == jobs)
                {
                    break;
                }
            }
        }

        return lines;
    }
}
