using System.Collections.Concurrent;
using IceCream.Caching;
using IceCream.Jobs;
using IceCream.Nodes;
using Xunit;

namespace IceCream.Embedding.Tests;

/// <summary>A store of the embedder's own through which farms share results.</summary>
public sealed class SharedResultsTests
{
    private sealed class Dictionary : ISharedResults
    {
        private readonly ConcurrentDictionary<(SharedKind, Digest), byte[]> _things = new();

        public string Name => "a dictionary";

        public bool IsReadOnly => false;

        public ValueTask<byte[]?> GetAsync(SharedKind kind, Digest name, long limit, CancellationToken cancellationToken) =>
            ValueTask.FromResult(_things.TryGetValue((kind, name), out byte[]? bytes) && bytes.Length <= limit ? bytes : null);

        public ValueTask<bool> ContainsAsync(SharedKind kind, Digest name, CancellationToken cancellationToken) => ValueTask.FromResult(_things.ContainsKey((kind, name)));

        public ValueTask PutAsync(SharedKind kind, Digest name, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
        {
            _things[(kind, name)] = bytes.ToArray();
            return ValueTask.CompletedTask;
        }

        public void Dispose()
        {
        }
    }

    [Fact]
    public async Task What_one_farm_has_compiled_another_knows()
    {
        using var project = new Project();
        var services = new NodeServices { SharedResults = new Dictionary() };
        EmbeddedFarmOptions options = project.Farm with { Cache = new CacheOptions { Limit = 64 << 20 } };
        Assert.Equal(JobPlace.Remote, await CompileAsync("one"));
        Assert.Equal(JobPlace.Cached, await CompileAsync("two"));

        async Task<JobPlace> CompileAsync(string state)
        {
            // A farm that ends has told what it compiled.
            await using EmbeddedFarm farm = await EmbeddedFarm.StartAsync(options with { StateDirectory = Path.Combine(project.State, state) }, services);
            return (await project.CompileAsync(farm)).Place;
        }
    }
}
