using System.Collections.Concurrent;
using IceCream.Execution;
using IceCream.Jobs;
using IceCream.Nodes;
using Xunit;

namespace IceCream.Embedding.Tests;

/// <summary>An embedder's executor that caches, around the built-in one of a worker.</summary>
public sealed class CachingExecutorTests
{
    private sealed class Caching(IJobExecutor inner) : IJobExecutor
    {
        private readonly ConcurrentDictionary<string, CompileResult> _known = new();

        public int Hits { get; private set; }

        public async ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default)
        {
            string key = string.Join('\n', [.. job.CommandLine, job.WorkingDirectory, .. job.Environment, $"{job.Toolchain}", .. job.Inputs!.Files.Select(static file => $"{file.Path} {file.Digest}")]);
            if (_known.TryGetValue(key, out CompileResult? known))
            {
                Hits++;
                return known;
            }

            CompileResult result = await inner.ExecuteAsync(job, cancellationToken);
            return _known[key] = result with { Outputs = [.. result.Outputs.Select(static file => file with { Content = OutputContent.Of(file.Content.ToArray()) })] };
        }
    }

    [Fact]
    public async Task A_second_compile_of_the_same_is_not_made()
    {
        using var project = new Project();
        Caching? caching = null;
        await using EmbeddedFarm farm = await EmbeddedFarm.StartAsync(project.Farm, new NodeServices { AroundCompiler = inner => caching = new Caching(inner) });
        Assert.Equal(JobPlace.Remote, (await project.CompileAsync(farm)).Place);
        Assert.Equal(JobPlace.Remote, (await project.CompileAsync(farm)).Place);
        Assert.Equal(1, caching!.Hits);
    }
}
