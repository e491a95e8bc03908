using System.Runtime.CompilerServices;
using System.Threading.Channels;
using FsCheck.Xunit;
using IceCream.Caching;
using IceCream.Caching.Sharing;
using IceCream.Jobs;
using Xunit;

namespace IceCream.Tests.Caching;

/// <summary>A question that must be in vain is not asked; and none that might not be is left out.</summary>
public sealed class SharedFilterTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Property(MaxTest = 20)]
    public void What_was_added_is_never_said_to_be_absent(int seed)
    {
        var filter = new DigestFilter();
        foreach (int number in Enumerable.Range(0, 500))
        {
            filter.Add(NameOf(seed + number));
        }

        Assert.All(Enumerable.Range(0, 500), number => Assert.True(filter.MayHold(NameOf(seed + number))));
    }

    [Fact]
    public void It_grows_and_is_seldom_wrong()
    {
        const int Many = 200_000;
        var filter = new DigestFilter();
        for (int number = 0; number < Many; number++)
        {
            filter.Add(NameOf(number));
        }

        Assert.True(Enumerable.Range(0, Many).All(number => filter.MayHold(NameOf(number))));
        Assert.InRange(Enumerable.Range(Many, Many).Count(number => filter.MayHold(NameOf(number))), 0, Many / 250);
    }

    [Fact]
    public void A_listing_without_end_takes_no_memory_without_end_and_hides_nothing()
    {
        const int Many = 70_000;
        var filter = new DigestFilter(Many);
        for (int number = 0; number < Many; number++)
        {
            filter.Add(NameOf(number));
        }

        Assert.True(filter.MayHold(NameOf(0)));
        Assert.Contains(Enumerable.Range(Many, 100), number => !filter.MayHold(NameOf(number)));
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int number = Many; number < 10 * Many; number++)
        {
            filter.Add(default);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        Assert.All(Enumerable.Range(0, 2 * Many), number => Assert.True(filter.MayHold(NameOf(number))));
    }

    [Fact]
    public async Task Until_all_is_told_and_after_a_loss_everything_may_be_there()
    {
        var time = new WatchedTime();
        var teller = new Teller();
        await using var filter = new SharedFilter(teller, new CacheCounters(), time);
        Channel<Digest?> said = await teller.NextAsync();
        await said.Writer.WriteAsync(NameOf(1));
        Assert.True(filter.MayHold(NameOf(2)));
        await said.Writer.WriteAsync(null);
        await teller.HeardAsync(2);
        Assert.Equal((true, false), (filter.MayHold(NameOf(1)), filter.MayHold(NameOf(2))));

        await said.Writer.WriteAsync(NameOf(2));
        await teller.HeardAsync(3);
        Assert.True(filter.MayHold(NameOf(2)));
        Assert.False(filter.MayHold(NameOf(3)));

        said.Writer.Complete(new IOException("lost"));
        await time.NextWaitAsync(static wait => wait == SharedFilter.Pause, Patience);
        Assert.True(filter.MayHold(NameOf(3)));
        time.Advance(SharedFilter.Pause);
        said = await teller.NextAsync();
        await said.Writer.WriteAsync(null);
        await teller.HeardAsync(4);
        Assert.False(filter.MayHold(NameOf(3)));
    }

    [Fact]
    public async Task What_is_surely_not_there_is_not_asked_for()
    {
        using var folder = new CacheFolder();
        var counters = new CacheCounters();
        var store = new NamingResults();
        var results = new ResultStore(folder["own"], 64 << 20, TimeProvider.System);
        await using (var shared = new SharedCache(new SharedAccess(store, counters, TimeProvider.System), results, counters, TimeProvider.System))
        {
            var digests = new IceCream.Digests.FileDigests();
            var memory = new IceCream.FileSystem.InputMemory(digests, new IceCream.FileSystem.SourceReader(digests), TimeProvider.System);
            var cache = new CompileCache(new CacheOptions(), results, memory, counters, TimeProvider.System) { Shared = shared };
            var executor = new IceCream.Execution.CachingExecutor(
                folder.Compiler, cache, folder.Compiler, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger<IceCream.Execution.CachingExecutor>.Instance);
            Channel<Digest?> said = await store.Names.NextAsync();
            await said.Writer.WriteAsync(null);
            await store.Names.HeardAsync(1);
            Assert.Equal(JobPlace.Remote, (await executor.ExecuteAsync(folder.Job)).Place);
            Assert.Equal((0, 1), (store.Gets, counters.Of("shared: not asked for what is not there")));

            await said.Writer.WriteAsync(CommandKey.Of(folder.Job with { Umask = 7 }));
            await store.Names.HeardAsync(2);
            await executor.ExecuteAsync(folder.Job with { Umask = 7 });
            Assert.Equal(1, store.Gets);
        }
    }

    private static Digest NameOf(int number) => Digest.Of(BitConverter.GetBytes(number));

    /// <summary>A store that tells what a test says.</summary>
    private sealed class Teller : ISharedNames
    {
        private readonly Channel<Channel<Digest?>> _turns = Channel.CreateUnbounded<Channel<Digest?>>();
        private readonly Channel<int> _heard = Channel.CreateUnbounded<int>();
        private int _count;

        public Task<Channel<Digest?>> NextAsync() => _turns.Reader.ReadAsync().AsTask().WaitAsync(Patience);

        /// <summary>Completes when so many were taken in.</summary>
        public async Task HeardAsync(int count)
        {
            while (await _heard.Reader.ReadAsync().AsTask().WaitAsync(Patience) < count)
            {
            }
        }

        public async IAsyncEnumerable<Digest?> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            Channel<Digest?> said = Channel.CreateUnbounded<Digest?>();
            await _turns.Writer.WriteAsync(said, cancellationToken);
            await foreach (Digest? name in said.Reader.ReadAllAsync(cancellationToken))
            {
                yield return name;

                // Whoever asks for the next has taken this one in.
                await _heard.Writer.WriteAsync(++_count, cancellationToken);
            }
        }
    }

    /// <summary>A store of which it is told what is there, and that counts what it is asked for. It only reads.</summary>
    private sealed class NamingResults : ISharedResults, ISharedNames
    {
        private int _gets;

        public Teller Names { get; } = new();

        public int Gets => Volatile.Read(ref _gets);

        public string Name => "trees";

        public bool IsReadOnly => true;

        public ValueTask<byte[]?> GetAsync(SharedKind kind, Digest name, long limit, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _gets);
            return new((byte[]?)null);
        }

        public ValueTask<bool> ContainsAsync(SharedKind kind, Digest name, CancellationToken cancellationToken) => new(false);

        public ValueTask PutAsync(SharedKind kind, Digest name, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => throw new InvalidOperationException("It only reads.");

        public IAsyncEnumerable<Digest?> WatchAsync(CancellationToken cancellationToken) => Names.WatchAsync(cancellationToken);

        public void Dispose()
        {
        }
    }
}
