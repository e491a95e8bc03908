using IceCream.Caching;
using IceCream.Caching.Sharing;
using IceCream.Execution;
using IceCream.Jobs;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace IceCream.Tests.Caching;

/// <summary>What one agent has compiled is known to another; and whatever a shared store does, the object is right and there is a reason.</summary>
public sealed class SharedCacheTests : IDisposable
{
    private readonly CacheFolder _folder = new();
    private readonly InMemoryResults _shared = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_one_agent_compiled_another_knows()
    {
        string expected = await FillAsync();
        await UseAsync(async (executor, counters) =>
        {
            CompileResult result = await executor.ExecuteAsync(_folder.Job);
            Assert.Equal((JobPlace.Cached, expected, 1), (result.Place, CacheFolder.Describe(result), _folder.Compiler.Runs));
            Assert.Equal(1, counters.Of(CacheCounters.Hit));

            // It is at home now.
            _shared.Things.Clear();
            Assert.Equal(JobPlace.Cached, (await executor.ExecuteAsync(_folder.Job)).Place);
        });
    }

    [Fact]
    public async Task Files_that_differ_here_make_another_result()
    {
        await FillAsync();
        _folder.Write("work/one/h", "nearer");
        string expected = CacheFolder.Describe(_folder.Compiler.Compile(_folder.Job));
        await UseAsync(async (executor, _) => Assert.Equal(expected, CacheFolder.Describe(await executor.ExecuteAsync(_folder.Job))));
        Assert.Equal(2, _folder.Compiler.Runs);
    }

    [Fact]
    public async Task The_words_of_a_command_stay_at_home()
    {
        await FillAsync();
        CommandRecord record = CommandRecordCodec.Decode(_shared.Things.Single(static thing => thing.Key.Kind == SharedKind.Record).Value);
        Assert.Equal((null, ""), (record.Command, record.Results.Single().Missed));
    }

    /// <summary>Garbage under our keys, each thing in turn, in several ways.</summary>
    [Theory]
    [InlineData("flipped")]
    [InlineData("shorter")]
    [InlineData("empty")]
    [InlineData("gone")]
    public async Task What_is_damaged_there_is_never_used(string damage)
    {
        string expected = await FillAsync();
        foreach (((SharedKind Kind, Digest Name) key, byte[] bytes) in _shared.Things.ToArray())
        {
            byte[] damaged = [.. bytes];
            if (damage == "flipped")
            {
                damaged[damaged.Length / 2] ^= 1;
            }

            _ = damage == "gone" ? _shared.Things.TryRemove(key, out _) : (_shared.Things[key] = damage switch { "shorter" => bytes[..^1], "empty" => [], _ => damaged }) is not null;
            int runs = _folder.Compiler.Runs;
            await UseAsync(async (executor, _) => Assert.Equal(expected, CacheFolder.Describe(await executor.ExecuteAsync(_folder.Job))));
            Assert.Equal(runs + 1, _folder.Compiler.Runs);
            _shared.Things[key] = bytes;
        }
    }

    [Fact]
    public async Task A_store_that_fails_is_left_alone_for_a_while()
    {
        await FillAsync();
        _shared.Fault = static _ => throw new IOException("no");
        await UseAsync(async (executor, counters) =>
        {
            for (int i = 0; i < 10; i++)
            {
                Assert.Equal(JobPlace.Remote, (await executor.ExecuteAsync(_folder.Job with { Umask = i })).Place);
            }

            // Three in a row, and on a slow machine one more when the while is over.
            Assert.InRange(counters.Of("shared: no"), 3, 5);
        });
    }

    [Fact]
    public async Task A_store_that_never_answers_is_given_up()
    {
        await FillAsync();
        _shared.Fault = static _ => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, CancellationToken.None);
        await UseAsync(async (executor, counters) =>
        {
            Assert.Equal(JobPlace.Remote, (await executor.ExecuteAsync(_folder.Job).AsTask().WaitAsync(TimeSpan.FromSeconds(60))).Place);
            Assert.True(counters.Of("shared: it does not answer in time") >= 1);
        });
    }

    [Fact]
    public async Task A_deadline_follows_what_answers_take()
    {
        var time = new WatchedTime();
        var access = new SharedAccess(_shared, new CacheCounters(), time);
        Assert.Equal(SharedAccess.Longest, access.Deadline);
        for (int i = 0; i < 40; i++)
        {
            await access.AskAsync(0, (_, _) =>
            {
                time.Advance(TimeSpan.FromMilliseconds(1));
                return ValueTask.FromResult(true);
            }, default);
        }

        Assert.InRange(access.Deadline, SharedAccess.Shortest, SharedAccess.Shortest * 2);
        await access.AskAsync<bool>(0, (_, _) => throw new IOException("no"), default);
        Assert.True(access.Deadline > SharedAccess.Shortest);
    }

    [Fact]
    public async Task Questions_that_fail_together_are_one_failure()
    {
        var counters = new CacheCounters();
        var access = new SharedAccess(_shared, counters, TimeProvider.System);
        var gate = new TaskCompletionSource();
        Task<bool>[] asked = [.. Enumerable.Range(0, 6).Select(_ => access.AskAsync<bool>(100 << 20, async (_, _) =>
        {
            await gate.Task;
            throw new IOException("no");
        }, default).AsTask())];
        gate.SetResult();
        await Task.WhenAll(asked);
        Assert.True(await access.AskAsync(0, static (_, _) => ValueTask.FromResult(true), default));
        Assert.Equal((6, 0), (counters.Of("shared: no"), counters.Of("shared: left alone for a while")));
    }

    [Fact]
    public async Task A_clock_that_is_set_back_leaves_a_store_alone_no_longer()
    {
        var time = new SetClock();
        var access = new SharedAccess(_shared, new CacheCounters(), time);
        for (int i = 0; i < 3; i++)
        {
            await access.AskAsync<bool>(0, static (_, _) => throw new IOException("no"), default);
        }

        Assert.False(await access.AskAsync(0, static (_, _) => ValueTask.FromResult(true), default));
        time.SetBy = TimeSpan.FromDays(-1);
        time.Advance(SharedAccess.Pause);
        Assert.True(await access.AskAsync(0, static (_, _) => ValueTask.FromResult(true), default));
    }

    [Fact]
    public async Task A_store_that_throws_anything_fails_no_job()
    {
        await FillAsync();
        _shared.Fault = static _ => throw new InvalidOperationException("no");
        await UseAsync(async (executor, counters) =>
        {
            Assert.Equal(JobPlace.Remote, (await executor.ExecuteAsync(_folder.Job)).Place);
            Assert.True(counters.Of("shared: no") >= 1);
        });
    }

    [Fact]
    public async Task A_result_that_cannot_be_read_keeps_no_other_from_being_told()
    {
        var counters = new CacheCounters();
        await using var teller = new SharedTeller(new SharedAccess(_shared, counters, TimeProvider.System), counters, TimeProvider.System);
        Digest blob = Digest.Of([3]);
        var result = new KnownResult { Toolchain = blob, Tree = blob, Lookups = blob, StandardOutput = blob, StandardError = blob };
        Task? broken = teller.Tell(Digest.Of([1]), result, static _ => throw new InvalidDataException("damaged"), bytes: 0);
        Task? told = teller.Tell(Digest.Of([2]), result, static _ => [3], bytes: 0);
        await Task.WhenAll(broken!, told!).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal((1, 1, 1), (counters.Of("shared: not told"), counters.Of("shared: told"), counters.Of("shared: damaged")));
    }

    [Fact]
    public async Task A_store_that_answers_and_takes_nothing_is_warned_of_once()
    {
        var log = new LogBook();
        var counters = new CacheCounters();
        _shared.Things[(SharedKind.Blob, Digest.Of([3]))] = [3];
        var access = new SharedAccess(_shared, counters, TimeProvider.System, log.CreateLogger<SharedAccess>());
        await using var teller = new SharedTeller(access, counters, TimeProvider.System);
        _shared.Refusal = "it answers 403 to PUT";
        Digest blob = Digest.Of([3]);
        var result = new KnownResult { Toolchain = blob, Tree = blob, Lookups = blob, StandardOutput = blob, StandardError = blob };
        for (byte i = 0; i < 5; i++)
        {
            await teller.Tell(Digest.Of([i]), result, static _ => [3], bytes: 0)!.WaitAsync(TimeSpan.FromSeconds(60));
        }

        Assert.Equal((5, 5), (counters.Of("shared: not told"), counters.Of("shared: it answers 403 to PUT")));
        LogEntry warning = Assert.Single(log.Entries);
        Assert.Contains("'trees' does not take what is told: it answers 403 to PUT.", warning.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_agent_that_only_reads_tells_nothing()
    {
        _shared.IsReadOnly = true;
        await FillAsync();
        Assert.Empty(_shared.Things);
    }

    /// <summary>One agent compiles the job, and tells of it before it ends.</summary>
    private async Task<string> FillAsync()
    {
        string said = "";
        await UseAsync(async (executor, _) => said = CacheFolder.Describe(await executor.ExecuteAsync(_folder.Job)));
        return said;
    }

    /// <summary>An agent of its own, with nothing at home.</summary>
    private async Task UseAsync(Func<IJobExecutor, CacheCounters, Task> use)
    {
        var counters = new CacheCounters();
        var digests = new IceCream.Digests.FileDigests();
        var store = new ResultStore(_folder[$"results{Guid.NewGuid():N}"], 64 << 20, TimeProvider.System);
        var memory = new IceCream.FileSystem.InputMemory(digests, new IceCream.FileSystem.SourceReader(digests), TimeProvider.System);
        await using var shared = new SharedCache(new SharedAccess(_shared, counters, TimeProvider.System), store, counters, TimeProvider.System);
        var cache = new CompileCache(new CacheOptions(), store, memory, counters, TimeProvider.System) { Shared = shared };
        await use(new CachingExecutor(_folder.Compiler, cache, _folder.Compiler, TimeProvider.System, NullLogger<CachingExecutor>.Instance), counters);
    }
}
