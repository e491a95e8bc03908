using FsCheck.Xunit;
using IceCream.Jobs;
using IceCream.Storage;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace IceCream.Tests.Storage;

public sealed class DiskBlobStoreTests : IDisposable
{
    private readonly StorageFolder _folder = new();
    private readonly FakeTimeProvider _time = new(DateTimeOffset.Parse("2030-01-01T00:00:00Z", null));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Two_stores_on_one_folder_see_each_others_blobs()
    {
        DiskBlobStore one = Open(), two = Open();
        Digest digest = StorageFolder.Put(one, StorageFolder.Bytes("shared"));

        Assert.True(two.Contains(digest));
        File.Delete(PathOf(digest));
        Assert.False(one.TryLink(digest, _folder["link"]));
        Assert.False(two.Contains(digest));
        Assert.Equal(0, one.Size);
    }

    [Fact]
    public void Blobs_survive_a_restart()
    {
        Digest digest = StorageFolder.Put(Open(), StorageFolder.Bytes("kept"));
        DiskBlobStore again = Open();

        Assert.Equal(4, again.Size);
        Assert.Equal("kept"u8.ToArray(), again.TryRead(digest, int.MaxValue));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_corrupt_blob_is_removed_at_its_next_use(bool afterRestart)
    {
        DiskBlobStore store = Open();
        Digest digest = StorageFolder.Put(store, StorageFolder.Bytes("sound"));
        File.Delete(PathOf(digest));
        File.WriteAllText(PathOf(digest), "s0und");
        store = afterRestart ? Open() : store;

        Assert.False(store.TryLink(digest, _folder["link"]));
        Assert.False(File.Exists(PathOf(digest)));
        StorageFolder.Put(store, StorageFolder.Bytes("sound"));
        Assert.True(store.Contains(digest));
    }

    [Fact]
    public void The_longest_unused_blob_goes_first()
    {
        DiskBlobStore store = Open(limit: 30);
        Digest a = Put(store, 1), b = Put(store, 2), c = Put(store, 3);
        Assert.True(store.Contains(a));
        Put(store, 4);

        Assert.False(store.Contains(b));
        Assert.True(store.Contains(a));
        Assert.True(store.Contains(c));
        Assert.Equal(30, store.Size);
    }

    [Fact]
    public void The_order_of_use_survives_a_restart()
    {
        DiskBlobStore store = Open();
        Digest a = Put(store, 1), b = Put(store, 2);
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.True(store.Contains(b));
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.True(store.Contains(a));

        store = Open(limit: 10);
        Assert.True(store.Contains(a));
        Assert.False(store.Contains(b));
    }

    [Fact]
    public void Use_leaves_the_time_of_modification_alone()
    {
        DiskBlobStore store = Open();
        Digest a = Put(store, 1);
        DateTime modified = File.GetLastWriteTimeUtc(PathOf(a));
        _time.Advance(TimeSpan.FromHours(1));

        Assert.True(store.Contains(a));
        Assert.Equal(_time.GetUtcNow().UtcDateTime, File.GetLastAccessTimeUtc(PathOf(a)));
        Assert.Equal(modified, File.GetLastWriteTimeUtc(PathOf(a)));
    }

    [Fact]
    public void Pinned_blobs_are_not_evicted_until_they_are_let_go()
    {
        DiskBlobStore store = Open(limit: 10);
        Digest pinned = Put(store, 1);
        IDisposable pin = store.Pin([pinned]);
        Digest last = Put(store, 2);
        Assert.All([pinned, last], digest => Assert.True(store.Contains(digest)));

        pin.Dispose();
        pin.Dispose();
        Assert.False(store.Contains(pinned));
        Assert.True(store.Contains(last));
    }

    [Fact]
    public void A_blob_that_a_root_links_may_be_evicted_and_the_root_keeps_its_bytes()
    {
        DiskBlobStore store = Open(limit: 10);
        Digest linked = Put(store, 1);
        Assert.True(store.TryLink(linked, _folder["root"]));
        Put(store, 2);

        Assert.False(store.Contains(linked));
        Assert.Equal(10, store.Size);
        Assert.Equal(Content(1), File.ReadAllBytes(_folder["root"]));
        Put(store, 1);
        Assert.True(store.TryLink(linked, _folder["another root"]));
    }

    [Fact]
    public void A_blob_that_cannot_be_evicted_makes_nobody_fail_and_another_goes_instead()
    {
        DiskBlobStore store = Open(limit: 20);
        Digest stuck = Put(store, 1), second = Put(store, 2);
        File.Delete(PathOf(stuck));
        Directory.CreateDirectory(PathOf(stuck));

        Digest third = Put(store, 3);
        Assert.True(store.Contains(third));
        Assert.False(store.Contains(second));
    }

    [Theory]
    [InlineData("")]
    [InlineData("soun")]
    [InlineData("\0\0\0\0\0")]
    public void What_a_crash_tore_is_missing_and_can_be_stored_again(string torn)
    {
        Digest digest = StorageFolder.Put(Open(), StorageFolder.Bytes("sound"));
        File.Delete(PathOf(digest));
        File.WriteAllText(PathOf(digest), torn);

        DiskBlobStore store = Open();
        Assert.Null(store.TryRead(digest, int.MaxValue));
        StorageFolder.Put(store, StorageFolder.Bytes("sound"));
        Assert.Equal("sound"u8.ToArray(), store.TryRead(digest, int.MaxValue));
    }

    [Fact]
    public void A_folder_that_cannot_be_used_is_named_with_what_to_do()
    {
        string inside = Path.Combine(_folder.Write("file", ""), "store");
        IOException e = Assert.Throws<IOException>(() => new DiskBlobStore(inside, new DiskBlobStoreOptions()));
        Assert.Contains(inside, e.Message, StringComparison.Ordinal);
        Assert.Contains("may write, or choose another", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_blob_can_be_pinned_before_it_comes()
    {
        DiskBlobStore store = Open(limit: 10);
        using IDisposable pin = store.Pin([Digest.Of(Content(1))]);
        Digest first = Put(store, 1);
        Put(store, 2);

        Assert.True(store.Contains(first));
    }

    [Fact]
    public void A_blob_above_the_limit_is_refused() =>
        Assert.Throws<IOException>(() => Open(limit: 10).Create(Digest.Of("x"u8), 11));

    [Fact]
    public void A_blob_is_closed_but_not_yet_visible_when_the_gate_is_asked()
    {
        Digest digest = Digest.Of(Content(1));
        int asked = 0;
        DiskBlobStore store = new(_folder["store"], new DiskBlobStoreOptions
        {
            BeforePublish = () =>
            {
                asked++;
                Assert.False(File.Exists(PathOf(digest)));
                string temporary = Assert.Single(Directory.GetFiles(_folder["store/tmp"], "*", SearchOption.AllDirectories), file => !file.EndsWith("/lock", StringComparison.Ordinal));
                Assert.DoesNotContain(new DirectoryInfo("/proc/self/fd").EnumerateFiles(), fd => fd.LinkTarget == temporary);
            },
        });
        Put(store, 1);

        Assert.Equal(1, asked);
    }

    [Fact]
    public void A_link_to_another_file_system_is_a_copy_with_the_same_rights()
    {
        DiskBlobStore store = Open();
        Digest digest = Put(store, 1);
        string path = $"/dev/shm/{Guid.NewGuid():N}";
        try
        {
            Assert.True(store.TryLink(digest, path));
            Assert.Equal(Content(1), File.ReadAllBytes(path));
            Assert.Equal("555", Convert.ToString((int)new FileInfo(path).UnixFileMode, 8));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void What_another_store_is_writing_outlives_a_start()
    {
        DiskBlobStore one = Open();
        using IBlobWriter writer = one.Create(Digest.Of("slow"u8), 4);
        writer.Write("sl"u8);
        DiskBlobStore two = Open();
        writer.Write("ow"u8);
        writer.Commit();

        Assert.Equal("slow"u8.ToArray(), two.TryRead(Digest.Of("slow"u8), int.MaxValue));
        GC.KeepAlive(one);
    }

    [Property(MaxTest = 30)]
    public void Whatever_happens_the_size_stays_within_the_limit_and_the_pins(byte[] operations)
    {
        using StorageFolder folder = new();
        DiskBlobStore store = new(folder["store"], new DiskBlobStoreOptions { Limit = 50 });
        Dictionary<int, IDisposable> pins = [];
        HashSet<int> present = [];
        foreach (byte operation in operations)
        {
            int blob = operation >> 3;
            switch (operation & 7)
            {
                case 0 when !pins.ContainsKey(blob):
                    pins.Add(blob, store.Pin([Digest.Of(Content(blob))]));
                    break;
                case 1 when pins.Remove(blob, out IDisposable? pin):
                    present.Remove(blob);
                    pin.Dispose();
                    break;
                case 2:
                    store.Contains(Digest.Of(Content(blob)));
                    break;
                default:
                    Put(store, blob);
                    present.Add(blob);
                    break;
            }

            present.IntersectWith(pins.Keys);
            Assert.All(present, kept => Assert.True(store.Contains(Digest.Of(Content(kept)))));
            long onDisk = new DirectoryInfo(folder["store"]).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);
            Assert.Equal(onDisk, store.Size);
            Assert.True(store.Size <= 50 + (10 * pins.Count));
        }
    }

    private static byte[] Content(int number) => [(byte)number, 0, 1, 2, 3, 4, 5, 6, 7, 8];

    private static Digest Put(DiskBlobStore store, int number) => StorageFolder.Put(store, Content(number));

    private DiskBlobStore Open(long limit = 1000) => new(_folder["store"], new DiskBlobStoreOptions { Limit = limit }, _time);

    private string PathOf(Digest digest) => _folder[$"store/{digest.ToString()[..2]}/{digest.ToString()[2..]}"];
}
