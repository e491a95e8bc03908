using IceCream.Caching;
using IceCream.Execution;
using IceCream.Jobs;
using Xunit;

namespace IceCream.Tests.Caching;

/// <summary>What is known, what is kept and what is joined; and that nothing of it can fail a build.</summary>
public sealed class CachingExecutorTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly CacheFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_known_result_needs_no_farm_and_no_memory_of_this_process()
    {
        string first = CacheFolder.Describe(await _folder.RunAsync());
        _folder.Restart(new Closed());
        CompileResult again = await _folder.RunAsync();

        Assert.Equal((JobPlace.Cached, first, 1), (again.Place, CacheFolder.Describe(again), _folder.Compiler.Runs));
        Assert.Equal(1, _folder.Count(CacheCounters.Hit));
    }

    [Fact]
    public async Task Of_a_command_of_which_nothing_is_known_nobody_describes_the_compiler()
    {
        _folder.Restart(new Closed());
        Assert.Equal(LocalOnlyKind.NoFarm, (await _folder.RunAsync()).LocalOnly?.Kind);
        Assert.Equal(1, _folder.Count("miss: nothing is known of this command"));
    }

    [Theory]
    [InlineData(CacheMode.Off, 2, 0)]
    [InlineData(CacheMode.ReadOnly, 2, 0)]
    [InlineData(CacheMode.Recache, 2, 1)]
    [InlineData(CacheMode.On, 1, 1)]
    public async Task A_mode_of_a_job_wins(object mode, int runs, int results)
    {
        for (int i = 0; i < 2; i++)
        {
            await _folder.RunAsync(_folder.Job with { Cache = (CacheMode)mode });
        }

        Assert.Equal((runs, results), (_folder.Compiler.Runs, (int)new StoredResults(_folder.Results, TimeProvider.System).Summarise().Results));
    }

    [Fact]
    public async Task Results_of_several_states_of_the_files_are_known_side_by_side()
    {
        await _folder.RunAsync();
        _folder.Write("work/two/h", "second");
        Assert.Equal(JobPlace.Remote, (await _folder.RunAsync()).Place);
        _folder.Write("work/two/h", "first");
        Assert.Equal(JobPlace.Cached, (await _folder.RunAsync()).Place);
        Assert.Equal(1, _folder.Count($"miss: {_folder["work/two/h"]} has other bytes"));
    }

    [Theory]
    [InlineData("fail\n", "not kept: the compile failed")]
    [InlineData("time\n", "not kept: it reads the clock")]
    public async Task What_is_in_doubt_is_not_kept(string source, string reason)
    {
        _folder.Write("work/a.c", source);
        await _folder.RunAsync();
        Assert.Equal(1, _folder.Count(reason));
        await _folder.RunAsync();
        Assert.Equal(2, _folder.Compiler.Runs);
    }

    /// <summary>As on a system whose C library looks for no file where <c>TZ</c> is a rule, and whose compiler is older than the other variable.</summary>
    [Theory]
    [InlineData("TZ=UTC")]
    [InlineData("TZ=UTC SOURCE_DATE_EPOCH=1")]
    public async Task A_clock_that_is_read_unseen_is_in_doubt(string variables)
    {
        _folder.Write("work/two/h", "__TIME__");
        CompileJob job = _folder.Job with { Environment = ["PATH=/bin", .. variables.Split(' ')] };
        await _folder.RunAsync(job);
        Assert.Equal(JobPlace.Remote, (await _folder.RunAsync(job)).Place);
        Assert.Equal(2, _folder.Count("not kept: it reads the clock"));
    }

    [Fact]
    public async Task What_nobody_saw_is_not_kept()
    {
        (string Reason, Func<CompileResult, CompileResult> Spoil)[] spoilt =
        [
            ("nobody saw what it looked for", static result => result with { Lookups = null }),
            ("nobody saw what it looked for", static result => result with { Observed = null }),
            ("nobody saw what it looked for", static result => result with { Lookups = result.Lookups! with { Gap = "too many" } }),
            ("something befell it", static result => result with { Lookups = result.Lookups! with { Trouble = "a full disk" } }),
            ("it was not compiled on a worker", static result => result with { Place = JobPlace.Local }),
            ("it removed a file", static result => result with { Removed = ["/x"] }),
            ("what it looked for is not remembered", static result => result with { Lookups = result.Lookups! with { Lists = null } }),
            ("the compile failed", static result => result with { Signal = 9 }),
        ];
        foreach ((string reason, Func<CompileResult, CompileResult> spoil) in spoilt)
        {
            _folder.Compiler.Spoil = spoil;
            long before = _folder.Count("not kept: " + reason);
            await _folder.RunAsync();
            Assert.Equal(before + 1, _folder.Count("not kept: " + reason));
        }

        Assert.Equal(0, _folder.Count(CacheCounters.Kept));
    }

    [Fact]
    public async Task What_cannot_be_told_apart_has_no_key()
    {
        CompileJob[] doubtful =
        [
            _folder.Job with { IsWrapped = true },
            _folder.Job with { Environment = ["LD_PRELOAD=/lib/x.so"] },
            _folder.Job with { Environment = ["TZ=/etc/zone"] },
            _folder.Job with { Environment = ["PWD=/proc/self/cwd"] },
        ];
        foreach (CompileJob job in doubtful)
        {
            await _folder.RunAsync(job);
            await _folder.RunAsync(job);
        }

        Assert.Equal((doubtful.Length * 2, doubtful.Length * 2), (_folder.Compiler.Runs, (int)_folder.Count("no key")));
    }

    [Fact]
    public async Task A_file_is_put_as_the_compiler_would_put_it_or_not_at_all()
    {
        string place = _folder["out/a.o"];
        await _folder.RunAsync();
        File.WriteAllText(place, "old");
        File.SetUnixFileMode(place, (UnixFileMode)0b110_100_100);
        Assert.Equal(JobPlace.Cached, (await _folder.RunAsync(Existing())).Place);

        // Rights of its own: whether the compiler keeps them is not known.
        File.SetUnixFileMode(place, (UnixFileMode)0b110_110_100);
        Assert.Equal(JobPlace.Remote, (await _folder.RunAsync(Existing())).Place);

        // Another name: it is written to by some compilers, and replaced by others.
        File.SetUnixFileMode(place, (UnixFileMode)0b110_100_100);
        File.CreateSymbolicLink(_folder["out/b.o"], place);
        System.Diagnostics.Process.Start("ln", [place, _folder["out/c.o"]]).WaitForExit();
        Assert.Equal(JobPlace.Remote, (await _folder.RunAsync(Existing())).Place);

        CompileJob Existing() => _folder.Job with { Outputs = [new JobOutput(place, Exists: true)] };
    }

    [Fact]
    public async Task An_equal_job_under_way_is_joined()
    {
        (Task started, TaskCompletionSource go) = Hold();
        Task<CompileResult> first = _folder.RunAsync();
        await started.WaitAsync(Patience);
        Task<CompileResult> second = _folder.RunAsync();
        go.SetResult();

        string said = CacheFolder.Describe(await first.WaitAsync(Patience));
        CompileResult joined = await second.WaitAsync(Patience);
        Assert.Equal((JobPlace.Joined, said, 1), (joined.Place, CacheFolder.Describe(joined), _folder.Compiler.Runs));
    }

    [Fact]
    public async Task Who_joins_survives_the_first_who_leaves()
    {
        (Task started, TaskCompletionSource go) = Hold();
        using var leaving = new CancellationTokenSource();
        Task<CompileResult> first = _folder.RunAsync(_folder.Job with { IsAwaited = () => !leaving.IsCancellationRequested }, leaving.Token);
        await started.WaitAsync(Patience);
        Task<CompileResult> second = _folder.RunAsync();
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        go.SetResult();

        Assert.Equal((JobPlace.Joined, 1), ((await second.WaitAsync(Patience)).Place, _folder.Compiler.Runs));
    }

    [Fact]
    public async Task A_job_that_nobody_waits_for_ends()
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _folder.Compiler.Pause = async (_, cancellationToken) =>
        {
            started.SetResult();
            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            }
            finally
            {
                ended.SetResult();
            }
        };
        using var leaving = new CancellationTokenSource();
        Task<CompileResult> only = _folder.RunAsync(cancellationToken: leaving.Token);
        await started.Task.WaitAsync(Patience);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => only);
        await ended.Task.WaitAsync(Patience);
    }

    [Fact]
    public async Task Who_joins_gets_no_result_of_files_that_have_changed_since()
    {
        (Task started, TaskCompletionSource go) = Hold();
        Task<CompileResult> first = _folder.RunAsync();
        await started.WaitAsync(Patience);
        _folder.Write("work/two/h", "changed");
        Task<CompileResult> second = _folder.RunAsync();
        go.SetResult();

        await first.WaitAsync(Patience);
        CompileResult other = await second.WaitAsync(Patience);
        Assert.Equal((JobPlace.Remote, CacheFolder.Describe(_folder.Compiler.Compile(_folder.Job))), (other.Place, CacheFolder.Describe(other)));
    }

    [Fact]
    public async Task A_failing_compile_is_not_joined_and_everybody_is_told_himself()
    {
        _folder.Write("work/a.c", "fail\n");
        (Task started, TaskCompletionSource go) = Hold();
        Task<CompileResult> first = _folder.RunAsync();
        await started.WaitAsync(Patience);
        Task<CompileResult> second = _folder.RunAsync();
        go.SetResult();
        Assert.Equal((1, 1), ((await first.WaitAsync(Patience)).ExitCode, (await second.WaitAsync(Patience)).ExitCode));
        Assert.Equal(2, _folder.Compiler.Runs);
    }

    /// <summary>The first compile waits in its midst; those after it do not.</summary>
    private (Task Started, TaskCompletionSource Go) Hold()
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _folder.Compiler.Pause = (_, cancellationToken) =>
        {
            started.TrySetResult();
            return go.Task.WaitAsync(cancellationToken);
        };
        return (started.Task, go);
    }

    /// <summary>A farm that is closed.</summary>
    private sealed class Closed : IJobExecutor
    {
        public ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default) =>
            new(CompileResult.Stays(new LocalOnlyReason(LocalOnlyKind.NoFarm, "closed")));
    }
}
