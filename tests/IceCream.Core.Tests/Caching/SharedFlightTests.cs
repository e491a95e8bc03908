using IceCream.Caching;
using IceCream.Caching.Sharing;
using IceCream.Execution;
using IceCream.Jobs;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace IceCream.Tests.Caching;

/// <summary>What one agent is compiling another does not: it waits for the result, and never for one that will not come.</summary>
public sealed class SharedFlightTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly CacheFolder _folder = new();
    private readonly InMemoryResults _shared = new();
    private readonly List<SharedCache> _agents = [];
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously), _go = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _refused = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CacheCounters _counters = new();

    public SharedFlightTests()
    {
        _folder.Compiler.Pause = (_, cancellationToken) =>
        {
            _started.TrySetResult();
            return _go.Task.WaitAsync(cancellationToken);
        };
        _shared.Refused = () => _refused.TrySetResult();
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (SharedCache agent in _agents)
        {
            await agent.DisposeAsync();
        }

        _folder.Dispose();
    }

    [Fact]
    public async Task What_another_agent_is_compiling_is_joined()
    {
        Task<CompileResult> first = Agent().ExecuteAsync(_folder.Job).AsTask();
        await _started.Task.WaitAsync(Patience);
        Task<CompileResult> second = Agent().ExecuteAsync(_folder.Job).AsTask();
        await _refused.Task.WaitAsync(Patience);
        _go.SetResult();

        CompileResult joined = await second.WaitAsync(Patience);
        Assert.Equal((JobPlace.Joined, CacheFolder.Describe(await first.WaitAsync(Patience)), 1), (joined.Place, CacheFolder.Describe(joined), _folder.Compiler.Runs));
        Assert.Equal((1, 1), (_counters.Of(CacheCounters.Joined), _counters.Of("miss: nothing is known of this command")));
    }

    [Fact]
    public async Task Who_joins_survives_the_agent_that_gives_up()
    {
        using var leaving = new CancellationTokenSource();
        Task<CompileResult> first = Agent().ExecuteAsync(_folder.Job, leaving.Token).AsTask();
        await _started.Task.WaitAsync(Patience);
        Task<CompileResult> second = Agent().ExecuteAsync(_folder.Job).AsTask();
        await _refused.Task.WaitAsync(Patience);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        _go.SetResult();

        Assert.Equal((JobPlace.Remote, 2), ((await second.WaitAsync(Patience)).Place, _folder.Compiler.Runs));
    }

    /// <summary>Nobody takes its claim back for an agent that was killed.</summary>
    [Fact]
    public async Task A_claim_of_an_agent_that_is_gone_passes_on()
    {
        Assert.True(await _shared.ClaimAsync(CommandKey.Of(_folder.Job), "gone", TimeSpan.FromMilliseconds(300), default));
        _go.SetResult();
        Assert.Equal(JobPlace.Remote, (await Agent().ExecuteAsync(_folder.Job).AsTask().WaitAsync(Patience)).Place);
        Assert.True(_refused.Task.IsCompleted);
    }

    [Fact]
    public async Task What_another_compiles_of_other_files_is_not_ones_own()
    {
        Task<CompileResult> first = Agent().ExecuteAsync(_folder.Job).AsTask();
        await _started.Task.WaitAsync(Patience);
        _folder.Write("work/two/h", "changed");
        Task<CompileResult> second = Agent().ExecuteAsync(_folder.Job).AsTask();
        await _refused.Task.WaitAsync(Patience);
        _go.SetResult();

        await first.WaitAsync(Patience);
        CompileResult own = await second.WaitAsync(Patience);
        Assert.Equal((JobPlace.Remote, CacheFolder.Describe(_folder.Compiler.Compile(_folder.Job))), (own.Place, CacheFolder.Describe(own)));
    }

    [Theory]
    [InlineData("none may claim")]
    [InlineData("recache")]
    [InlineData("broken")]
    public async Task Nobody_waits_where_there_is_nothing_to_wait_for(string why)
    {
        Task<CompileResult> first = Agent().ExecuteAsync(_folder.Job).AsTask();
        await _started.Task.WaitAsync(Patience);
        _go.SetResult();
        _shared.TakesClaims = why != "none may claim";
        _shared.Fault = why == "broken" ? static _ => throw new IOException("no") : _shared.Fault;
        _folder.Compiler.Pause = static (_, _) => Task.CompletedTask;
        CompileResult second = await Agent().ExecuteAsync(_folder.Job with { Cache = why == "recache" ? CacheMode.Recache : null, Umask = why == "none may claim" ? 63 : _folder.Job.Umask })
            .AsTask().WaitAsync(Patience);
        Assert.Equal(JobPlace.Remote, second.Place);
        await first.WaitAsync(Patience);
    }

    /// <summary>An agent of its own, with nothing at home.</summary>
    private CachingExecutor Agent()
    {
        var digests = new IceCream.Digests.FileDigests();
        var store = new ResultStore(_folder[$"results{Guid.NewGuid():N}"], 64 << 20, TimeProvider.System);
        var memory = new IceCream.FileSystem.InputMemory(digests, new IceCream.FileSystem.SourceReader(digests), TimeProvider.System);
        var shared = new SharedCache(new SharedAccess(_shared, _counters, TimeProvider.System), store, _counters, TimeProvider.System);
        _agents.Add(shared);
        var cache = new CompileCache(new CacheOptions(), store, memory, _counters, TimeProvider.System) { Shared = shared };
        return new CachingExecutor(_folder.Compiler, cache, _folder.Compiler, TimeProvider.System, NullLogger<CachingExecutor>.Instance);
    }
}
