using System.Diagnostics;
using IceCream.Jobs;
using IceCream.Storage;
using Xunit;

namespace IceCream.Tests.Storage;

/// <summary>One store, many threads; one folder, several processes. What is handed out is right or missing, never wrong.</summary>
public sealed class SharedBlobStoreTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly StorageFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Many_threads_get_what_they_ask_for_or_nothing()
    {
        DiskBlobStore store = Open(limit: 20_000);
        int got = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(thread => Task.Run(() =>
        {
            var random = new Random(thread);
            for (int round = 0; round < 400; round++)
            {
                byte[] content = Content(random.Next(60));
                Digest digest = Digest.Of(content);
                using IDisposable? pin = random.Next(4) == 0 ? store.Pin([digest]) : null;
                if (random.Next(2) == 0)
                {
                    StorageFolder.Put(store, content);
                    Assert.True(pin is null || store.Contains(digest));
                }

                string path = _folder[$"link {thread}"];
                if (store.TryRead(digest, int.MaxValue) is { } bytes)
                {
                    Assert.Equal(content, bytes);
                    Interlocked.Increment(ref got);
                }

                if (store.TryLink(digest, path))
                {
                    Assert.Equal(content, File.ReadAllBytes(path));
                    File.Delete(path);
                }
            }
        }))).WaitAsync(Patience);

        Assert.True(got > 0);
        long onDisk = new DirectoryInfo(_folder["store"]).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);
        Assert.Equal(onDisk, store.Size);
        Assert.InRange(store.Size, 1, 20_000);
    }

    [Fact]
    public async Task Two_processes_that_evict_each_others_blobs_get_the_right_bytes_or_none()
    {
        using Process one = Start("work", _folder["store"], "1", "1500"), two = Start("work", _folder["store"], "2", "1500");
        foreach (Process process in (Process[])[one, two])
        {
            Task<string> wrong = process.StandardError.ReadToEndAsync(), got = process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync().WaitAsync(Patience);
            Assert.Equal("", await wrong);
            Assert.Equal(0, process.ExitCode);
            Assert.True(int.Parse(await got, System.Globalization.CultureInfo.InvariantCulture) > 0, "Nothing was ever got.");
        }
    }

    [Fact]
    public async Task What_a_killed_process_was_writing_is_removed_at_the_next_start_and_not_before()
    {
        using Process process = Start("hold", _folder["store"]);
        try
        {
            Assert.Equal("writing", await process.StandardOutput.ReadLineAsync().WaitAsync(Patience));
            Open(limit: 1000);
            Assert.Single(Temporaries());
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync().WaitAsync(Patience);
        }

        Open(limit: 1000);
        Assert.Empty(Temporaries());
    }

    [Fact]
    public void A_blob_that_is_pinned_here_and_evicted_elsewhere_is_missing_and_can_come_again()
    {
        DiskBlobStore one = Open(limit: 1000), two = Open(limit: 1000);
        Digest digest = StorageFolder.Put(one, Content(30));
        using IDisposable pin = one.Pin([digest]);
        Assert.True(two.Contains(digest));
        StorageFolder.Put(two, Content(31));

        Assert.False(one.TryLink(digest, _folder["root"]));
        Assert.False(one.TryCopy(digest, _folder["root"]));
        Assert.Null(one.TryRead(digest, int.MaxValue));
        Assert.False(File.Exists(_folder["root"]));
        StorageFolder.Put(one, Content(30));
        Assert.Equal(Content(30), one.TryRead(digest, int.MaxValue));
    }

    private static byte[] Content(int number)
    {
        byte[] content = new byte[20 * number];
        new Random(number).NextBytes(content);
        return content;
    }

    private static Process Start(params string[] arguments) =>
        Process.Start(new ProcessStartInfo(
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            [Path.Combine(AppContext.BaseDirectory, "IceCream.StoreProcess.dll"), .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;

    private DiskBlobStore Open(long limit) => new(_folder["store"], new DiskBlobStoreOptions { Limit = limit });

    private IEnumerable<string> Temporaries() =>
        Directory.EnumerateFiles(_folder["store/tmp"], "*", SearchOption.AllDirectories).Where(file => !file.EndsWith("/lock", StringComparison.Ordinal));
}
