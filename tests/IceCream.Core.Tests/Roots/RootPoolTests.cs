using System.Collections.Concurrent;
using IceCream.Jobs;
using IceCream.Roots;
using IceCream.Storage;
using Xunit;

namespace IceCream.Tests.Roots;

public sealed class RootPoolTests : IDisposable
{
    private static readonly FileTree ThisCompiler = new() { Directories = ["/this"] }, OtherCompiler = new() { Directories = ["/other"] };

    private readonly string _folder = Directory.CreateTempSubdirectory("icecream-test-").FullName;
    private readonly MemoryBlobStore _store = new();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_job_gets_the_root_of_its_compiler_and_folder()
    {
        var pool = new RootPool(_folder, keep: 3);
        RootTree here = Build(pool, ThisCompiler, "/here"), there = Build(pool, ThisCompiler, "/there"), other = Build(pool, OtherCompiler, "/here");
        Array.ForEach([here, there, other], pool.Return);

        Assert.Same(here, pool.Take(Contents(ThisCompiler, "/here")));
        Assert.Same(there, pool.Take(Contents(ThisCompiler, "/elsewhere")));
        Assert.Same(other, pool.Take(Contents(ThisCompiler, "/here")));
    }

    [Fact]
    public void A_new_compiler_takes_the_longest_unused_root_when_there_are_enough()
    {
        var pool = new RootPool(_folder, keep: 2);
        RootTree first = Build(pool, ThisCompiler, "/"), second = Build(pool, ThisCompiler, "/");
        pool.Return(second);
        pool.Return(first);

        Assert.Same(second, Build(pool, OtherCompiler, "/"));
        Assert.True(Directory.Exists(second.Root + "/other"));
        Assert.False(Directory.Exists(second.Root + "/this"));
    }

    [Fact]
    public void Roots_beyond_the_limit_go_with_their_jobs()
    {
        var pool = new RootPool(_folder, keep: 1);
        RootTree one = Build(pool, ThisCompiler, "/"), two = Build(pool, ThisCompiler, "/");
        pool.Return(one);
        pool.Return(two);

        Assert.Equal([two.Host], Directory.GetDirectories(_folder));
    }

    [Fact]
    public void A_discarded_root_is_gone_and_not_lent_again()
    {
        var pool = new RootPool(_folder, keep: 1);
        RootTree spoilt = Build(pool, ThisCompiler, "/");
        pool.Discard(spoilt);

        Assert.Empty(Directory.GetDirectories(_folder));
        Assert.NotSame(spoilt, pool.Take(Contents(ThisCompiler, "/")));
    }

    [Fact]
    public void The_longest_unused_idle_root_is_given_up_first_and_none_in_use()
    {
        var pool = new RootPool(_folder, keep: 3);
        RootTree first = Build(pool, ThisCompiler, "/"), second = Build(pool, ThisCompiler, "/"), used = Build(pool, ThisCompiler, "/");
        pool.Return(first);
        pool.Return(second);

        Assert.True(pool.GiveUpIdle());
        Assert.Equal(new[] { second.Host, used.Host }.Order(StringComparer.Ordinal), Directory.GetDirectories(_folder).Order(StringComparer.Ordinal));
        Assert.True(pool.GiveUpIdle());
        Assert.False(pool.GiveUpIdle());
        Assert.Equal([used.Host], Directory.GetDirectories(_folder));
        Assert.NotSame(first, pool.Take(Contents(ThisCompiler, "/")));
    }

    [Fact]
    public async Task No_two_jobs_have_one_root_at_a_time()
    {
        const int Jobs = 4;
        var pool = new RootPool(_folder, keep: Jobs);
        var lent = new ConcurrentDictionary<RootTree, bool>();
        int most = 0;

        void Work(int worker)
        {
            var random = new Random(worker);
            for (int i = 0; i < 50; i++)
            {
                RootTree tree = Build(pool, random.Next(2) == 0 ? ThisCompiler : OtherCompiler, "/" + random.Next(2));
                Assert.True(lent.TryAdd(tree, true));
                InterlockedMax(ref most, Directory.GetDirectories(_folder).Length);
                Assert.True(lent.TryRemove(tree, out _));
                if (random.Next(8) == 0)
                {
                    pool.Discard(tree);
                }
                else
                {
                    pool.Return(tree);
                }
            }
        }

        await Task.WhenAll(Enumerable.Range(0, Jobs).Select(worker => Task.Run(() => Work(worker))));
        Assert.InRange(Directory.GetDirectories(_folder).Length, 1, Jobs);

        // A discarded root may still be on its way out when the next one is made.
        Assert.InRange(most, 1, 2 * Jobs);
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (int seen = Volatile.Read(ref most); value > seen; seen = Volatile.Read(ref most))
        {
            Interlocked.CompareExchange(ref most, value, seen);
        }
    }

    private static RootContents Contents(FileTree toolchain, string workingDirectory) => new(toolchain, FileTree.Empty, [], workingDirectory, 0);

    private RootTree Build(RootPool pool, FileTree toolchain, string workingDirectory)
    {
        RootContents contents = Contents(toolchain, workingDirectory);
        RootTree tree = pool.Take(contents);
        Assert.Empty(tree.Apply(new RootPlan(contents), contents, _store, default));
        return tree;
    }
}
