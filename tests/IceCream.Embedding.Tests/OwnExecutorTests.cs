using System.Collections.Concurrent;
using IceCream.Execution;
using IceCream.Jobs;
using IceCream.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace IceCream.Embedding.Tests;

/// <summary>"Mine for these, yours for the rest", and "log and pass on", by the keys of a service provider.</summary>
public sealed class OwnExecutorTests
{
    private sealed class Mine(IJobExecutor yours, ConcurrentQueue<string> log) : IJobExecutor
    {
        public async ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default)
        {
            bool isMine = job.CommandLine.Contains("-DMINE");
            CompileResult result = isMine ? new CompileResult { Place = JobPlace.Remote, ExitCode = 0, Worker = "mine" } : await yours.ExecuteAsync(job, cancellationToken);
            log.Enqueue($"{result.Worker}: {result.ExitCode}");
            return result;
        }
    }

    [Fact]
    public async Task An_executor_does_some_jobs_and_passes_the_others_on()
    {
        using var project = new Project();
        var log = new ConcurrentQueue<string>();
        await using ServiceProvider provider = new ServiceCollection()
            .AddIceCreamFarm(project.Farm)
            .AddKeyedSingleton<Func<IJobExecutor, IJobExecutor>>(IceCreamRegistration.FarmExecutor, (_, _) => yours => new Mine(yours, log))
            .BuildServiceProvider();
        EmbeddedFarm farm = provider.GetRequiredService<EmbeddedFarm>();
        await farm.StartAsync();
        Assert.Equal(0, (await project.CompileAsync(farm)).ExitCode);
        Assert.Equal("mine", (await farm.CompileAsync(new CompileRequest(["gcc", "-DMINE", "-c", "a.c"], project.Folder))).Worker);
        Assert.Equal(["embedded: 0", "mine: 0"], log);
    }
}
