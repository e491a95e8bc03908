using IceCream.Jobs;
using IceCream.Nodes;
using Xunit;

namespace IceCream.Tests.Nodes;

/// <summary>Jobs that are late, in a farm whose compiler is a stand-in.</summary>
public sealed class HedgingFarmTests : MemoryFarm
{
    [Fact]
    public async Task A_job_that_does_not_end_on_one_worker_is_done_by_another_and_written_once()
    {
        await StartWorkerAsync("good", Measured(), slots: 2);
        DaemonNode agent = await StartAgentAsync();

        // What may be done in vain is a part of what was done: a second for every twenty.
        await Task.WhenAll(Enumerable.Range(0, 60).Select(n => agent.ExecuteAsync(Job("gcc", "-c", "a.c", "-o", $"{n % 4}.o")).AsTask())).WaitAsync(Patience);
        var stuck = new Endless();
        await StartWorkerAsync("stuck", stuck, slots: 2);
        CompileResult[] results;
        do
        {
            results = await Task.WhenAll(Enumerable.Range(0, 4).Select(n => agent.ExecuteAsync(Job("gcc", "-c", "a.c", "-o", $"{n}.o")).AsTask())).WaitAsync(Patience);
        }
        while (!stuck.Started.Task.IsCompleted);

        Assert.All(results, static result => Assert.Equal((JobPlace.Remote, "good", 0), (result.Place, result.Worker, result.ExitCode)));
        JobRace? race = results.Select(static result => result.Placement?.Race).FirstOrDefault(static race => race is not null);
        Assert.Equal(("stuck", true), (race?.Other, race?.SecondWon));
        await stuck.Cancelled.Task.WaitAsync(Patience);
        Assert.All(Enumerable.Range(0, 4), n => Assert.Equal("object", File.ReadAllText(Path.Combine(Folder, $"{n}.o"))));
        Assert.True(Scheduler!.Describe().Nodes.Single(static node => node.Name == "stuck").Speed < 1, "The scheduler does not learn of it.");
    }

    /// <summary>A compiler that is done at once, and says that it took a second.</summary>
    private static Compiler Measured() => new(static (job, _) => Task.FromResult(
        Compiler.Written(job, "object") with { Usage = new JobUsage(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), 1 << 20) }));
}
