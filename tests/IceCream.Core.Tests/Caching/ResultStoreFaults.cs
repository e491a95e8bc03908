using IceCream.Caching;
using IceCream.Execution;
using IceCream.Jobs;
using IceCream.Tests.Storage;
using Xunit;

namespace IceCream.Tests.Caching;

/// <summary>A store that is torn, tampered with, deleted, full or not to be written: the result is right, and the reason is counted.</summary>
public sealed class ResultStoreFaults : IDisposable
{
    private readonly CacheFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Every file of the store is damaged in turn, in every way that a crash or a hand can.</summary>
    [Theory]
    [InlineData("shorter")]
    [InlineData("empty")]
    [InlineData("flipped")]
    [InlineData("longer")]
    [InlineData("gone")]
    public async Task A_damaged_file_is_never_used(string damage)
    {
        string expected = CacheFolder.Describe(await _folder.RunAsync());
        string[] files = Files();
        Assert.True(files.Length >= 5);
        foreach (string file in files)
        {
            Damage(file, damage);
            _folder.Restart();
            CompileResult result = await _folder.RunAsync();
            Assert.Equal(expected, CacheFolder.Describe(result));
            Assert.Equal(JobPlace.Remote, result.Place);

            // What was kept anew is whole.
            Assert.Equal(JobPlace.Cached, (await _folder.RunAsync()).Place);
        }
    }

    [Fact]
    public async Task A_blob_that_is_changed_under_a_running_agent_is_never_used()
    {
        string expected = CacheFolder.Describe(await _folder.RunAsync());
        foreach (string blob in Files().Where(static file => file.Contains("/blobs/", StringComparison.Ordinal)))
        {
            // Length and time of modification stay: only the bytes tell.
            DateTime written = File.GetLastWriteTimeUtc(blob);
            File.SetUnixFileMode(blob, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            byte[] bytes = File.ReadAllBytes(blob);
            bytes[^1] ^= 1;
            File.WriteAllBytes(blob, bytes);
            File.SetLastWriteTimeUtc(blob, written);
            Assert.Equal(expected, CacheFolder.Describe(await _folder.RunAsync()));
        }
    }

    [Fact]
    public async Task A_store_that_is_deleted_under_a_running_agent_fails_no_build()
    {
        await _folder.RunAsync();
        Directory.Delete(_folder.Results, recursive: true);
        Assert.Equal(JobPlace.Remote, (await _folder.RunAsync()).Place);
        Assert.Equal(2, _folder.Compiler.Runs);
    }

    [Fact]
    public async Task A_store_that_cannot_be_written_fails_no_build()
    {
        File.WriteAllText(_folder.Results, "a file in the place of the folder");
        string expected = CacheFolder.Describe(_folder.Compiler.Compile(_folder.Job));
        Assert.Equal(expected, CacheFolder.Describe(await _folder.RunAsync()));
        Assert.Equal(1, _folder.Count("not kept: the store cannot be written"));
        Assert.False(_folder.Cache.Knows(Digest.Of([1])));
        Assert.Equal(expected, CacheFolder.Describe(await _folder.RunAsync()));
    }

    [Fact]
    public void A_clock_that_is_set_back_keeps_a_closed_store_closed_no_longer()
    {
        var time = new SetClock();
        var store = new ResultStore(_folder["clock"], 64 << 20, time);
        Digest kept = store.Put("kept"u8);
        store.Close("a test closes it");
        Assert.Throws<IOException>(() => store.Contains(kept));

        time.SetBy = TimeSpan.FromDays(-1);
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.True(store.Contains(kept));
    }

    [Fact]
    public void Jobs_that_meet_a_closed_store_do_not_keep_it_closed()
    {
        var time = new SetClock();
        var log = new LogBook();
        var store = new ResultStore(_folder["busy"], 64 << 20, time, log);
        Digest kept = store.Put("kept"u8);
        store.Close("a test closes it");
        for (int second = 0; second < 29; second++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            IOException refused = Assert.Throws<IOException>(() => store.Contains(kept));
            store.Close(refused.Message);
        }

        time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(store.Contains(kept));
        Assert.Single(log.Entries, static entry => entry.Text.Contains("cannot be used for a while", StringComparison.Ordinal));
    }

    [NeedsMount]
    public async Task A_store_that_may_only_be_read_is_read()
    {
        using var disk = new SmallDisk("16m");
        Directory.CreateDirectory(disk["store"]);
        Directory.CreateSymbolicLink(_folder.Results, disk["store"]);
        await _folder.RunAsync();

        // A record that was not used for a while is touched when it is used, which fails here.
        File.SetLastWriteTimeUtc(Files().Single(static file => file.Contains("/commands/", StringComparison.Ordinal)), DateTime.UtcNow.AddDays(-1));
        disk.MakeReadOnly();
        _folder.Restart();
        Assert.Equal(JobPlace.Cached, (await _folder.RunAsync()).Place);

        // What cannot be kept does not keep from what is known.
        _folder.Write("work/two/h", "second");
        Assert.Equal(JobPlace.Remote, (await _folder.RunAsync()).Place);
        Assert.Equal(1, _folder.Count("not kept: the store cannot be written"));
        _folder.Write("work/two/h", "first");
        Assert.Equal(JobPlace.Cached, (await _folder.RunAsync()).Place);
    }

    [Fact]
    public async Task An_output_that_would_drive_out_all_others_is_not_kept()
    {
        using var small = new CacheFolder(options: new CacheOptions { Limit = 1 << 20 });
        small.Write("work/two/h", new string('x', 1 << 18));
        await small.RunAsync();
        Assert.Equal(1, small.Count("not kept: an output is too large for the store"));
    }

    [Fact]
    public async Task The_longest_unused_goes_first_and_the_limit_is_kept()
    {
        using var small = new CacheFolder(options: new CacheOptions { Limit = 1 << 20 });
        for (int i = 0; i < 40; i++)
        {
            small.Write("work/two/h", i + new string('x', 60_000));
            await small.RunAsync();
        }

        Assert.True(new StoredResults(small.Results, TimeProvider.System).Summarise().Bytes <= 1 << 20);
        Assert.Equal(JobPlace.Cached, (await small.RunAsync()).Place);
        small.Write("work/two/h", 0 + new string('x', 60_000));
        Assert.Equal(JobPlace.Remote, (await small.RunAsync()).Place);
    }

    [Fact]
    public async Task A_wrong_result_is_reported_with_both_keys_and_forgotten()
    {
        var log = new LogBook();
        using var folder = new CacheFolder(options: new CacheOptions { VerifyEvery = 1, Limit = 64 << 20 }, loggers: log);

        // A compiler that changes without its files doing so: no key can know.
        await folder.RunAsync();
        folder.Compiler.Spoil = static result => result with { StandardError = "other"u8.ToArray() };
        CompileResult result = await folder.RunAsync();

        Assert.Equal((JobPlace.Remote, "other", 1), (result.Place, System.Text.Encoding.UTF8.GetString(result.StandardError.Span), (int)folder.Count(CacheCounters.Wrong)));
        Assert.Contains(log.Entries, entry => entry.Text.Contains("was wrong, and is forgotten: it says something else. It was known by the command", StringComparison.Ordinal));
        Assert.Equal(0, new StoredResults(folder.Results, TimeProvider.System).Summarise().Results);
    }

    [Fact]
    public async Task A_result_of_what_was_edited_since_is_not_wrong()
    {
        using var folder = new CacheFolder(options: new CacheOptions { VerifyEvery = 1, Limit = 64 << 20 });
        await folder.RunAsync();
        folder.Restart(new CompilesAfterAnEdit(folder));
        CompileResult result = await folder.RunAsync();
        Assert.Equal((JobPlace.Remote, 1, 0), (result.Place, (int)folder.Count(CacheCounters.NotVerified), (int)folder.Count(CacheCounters.Wrong)));
        Assert.Contains("second", CacheFolder.Describe(result), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_compile_that_differs_from_run_to_run_has_no_wrong_result()
    {
        using var folder = new CacheFolder(options: new CacheOptions { VerifyEvery = 1, Limit = 64 << 20 });
        int run = 0;
        folder.Compiler.Spoil = result => result with { StandardError = BitConverter.GetBytes(++run) };
        await folder.RunAsync();
        Assert.Equal((JobPlace.Cached, 1, 0), ((await folder.RunAsync()).Place, (int)folder.Count(CacheCounters.Restless), (int)folder.Count(CacheCounters.Wrong)));
    }

    [Fact]
    public async Task Two_agents_share_a_folder()
    {
        using var other = new CacheFolder();
        await _folder.RunAsync();
        var store = new ResultStore(_folder.Results, 64 << 20, TimeProvider.System);
        Assert.True(store.Contains(Digest.Of(System.Text.Encoding.UTF8.GetBytes("plain"))));
        Parallel.For(0, 200, i => store.Put(BitConverter.GetBytes(i % 20)));
        Assert.Equal(JobPlace.Cached, (await _folder.RunAsync()).Place);
    }

    [Fact]
    public async Task A_check_finds_what_is_damaged_and_what_leads_nowhere()
    {
        await _folder.RunAsync();
        var stored = new StoredResults(_folder.Results, TimeProvider.System);
        Assert.Equal(new StoredCheck(1, 0, 4, 0, 0), stored.Verify());
        Damage(Files().First(static file => file.Contains("/blobs/", StringComparison.Ordinal)), "flipped");
        Assert.Equal(new StoredCheck(0, 0, 3, 1, 1), stored.Verify());
        Assert.Equal(0, stored.Summarise().Commands);
        stored.Clear();
        Assert.Equal(0, stored.Summarise().Bytes);
    }

    [Fact]
    public async Task A_look_at_the_store_is_no_use_of_what_it_holds()
    {
        await _folder.RunAsync();
        DateTime used = DateTime.UtcNow.AddDays(-3);
        foreach (string file in Files())
        {
            // The kernel renews the time of access of a file that is read after a day.
            File.SetLastWriteTimeUtc(file, used);
            File.SetLastAccessTimeUtc(file, used);
        }

        var stored = new StoredResults(_folder.Results, TimeProvider.System);
        Assert.Equal(1, stored.Summarise().Commands);
        Assert.Equal(1, stored.Verify().Commands);
        Assert.Single(ResultStory.Of(stored, "a.c", 10));
        Assert.All(Files(), file => Assert.Equal(used, File.GetLastWriteTimeUtc(file)));

        // Records are removed in the order of their times of writing, blobs of those of access too.
        Assert.All(Files().Where(static file => file.Contains("/blobs/", StringComparison.Ordinal)), file => Assert.Equal(used, File.GetLastAccessTimeUtc(file)));

        // What an agent finds is used.
        Assert.Equal(JobPlace.Cached, (await _folder.RunAsync()).Place);
        Assert.NotEqual(used, File.GetLastWriteTimeUtc(Files().Single(static file => file.Contains("/commands/", StringComparison.Ordinal))));
    }

    [Fact]
    public async Task A_source_is_told_why_it_was_compiled_and_what_differs_today()
    {
        await _folder.RunAsync();
        await _folder.RunAsync(_folder.Command("cc", "-Ione", "-Itwo", "-DX", "a.c"));
        _folder.Write("work/one/h", "nearer");
        IReadOnlyList<ResultStory> stories = ResultStory.Of(new StoredResults(_folder.Results, TimeProvider.System), "a.c", 10);

        Assert.Equal(["with -DX"], stories[0].CommandDiffers.ToArray());
        Assert.All(stories, story => Assert.Equal([$"{_folder["work/one/h"]} is there now"], story.InputsDiffer.ToArray()));
    }

    private static void Damage(string file, string damage)
    {
        byte[] bytes = File.ReadAllBytes(file);
        File.Delete(file);
        if (damage != "gone")
        {
            File.WriteAllBytes(file, damage switch
            {
                "shorter" => bytes[..^1],
                "empty" => [],
                "longer" => [.. bytes, 0],
                _ => [.. bytes[..(bytes.Length / 2)], (byte)(bytes[bytes.Length / 2] ^ 0x40), .. bytes[(bytes.Length / 2 + 1)..]],
            });
        }
    }

    private string[] Files() => [.. Directory.GetFiles(_folder.Results, "*", SearchOption.AllDirectories).Where(static file => Path.GetFileName(file).Length == 62)];

    /// <summary>Somebody saves a header between the question whether its result is known and the compile.</summary>
    private sealed class CompilesAfterAnEdit(CacheFolder folder) : IJobExecutor
    {
        public ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default)
        {
            folder.Write("work/two/h", "second");
            return folder.Compiler.ExecuteAsync(job, cancellationToken);
        }
    }
}
