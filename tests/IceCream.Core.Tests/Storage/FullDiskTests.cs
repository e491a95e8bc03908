using IceCream.Jobs;
using IceCream.Roots;
using IceCream.Storage;
using Xunit;

namespace IceCream.Tests.Storage;

/// <summary>A store whose disk has less room than its limit.</summary>
public sealed class FullDiskTests
{
    private const int BlobSize = 100_000;

    [NeedsMount]
    public void Old_blobs_go_when_the_disk_is_full()
    {
        using var disk = new SmallDisk("1m");
        var store = new DiskBlobStore(disk["store"], new DiskBlobStoreOptions());
        for (int i = 0; i < 30; i++)
        {
            Assert.True(store.Contains(StorageFolder.Put(store, Content(i))));
        }

        Assert.True(store.Contains(Digest.Of(Content(28))));
        Assert.False(store.Contains(Digest.Of(Content(0))));
    }

    [NeedsMount]
    public void A_large_blob_makes_room_before_its_bytes_travel()
    {
        using var disk = new SmallDisk("1m");
        var store = new DiskBlobStore(disk["store"], new DiskBlobStoreOptions());
        for (int i = 0; i < 9; i++)
        {
            StorageFolder.Put(store, Content(i));
        }

        using IBlobWriter writer = store.Create(Digest.Of("x"u8), 7 * BlobSize);
        Assert.InRange(store.Size, 0, 4 * BlobSize);
    }

    [NeedsMount]
    public void Where_nothing_can_be_evicted_the_error_says_so_leaves_no_trace_and_passes()
    {
        using var disk = new SmallDisk("1m");
        var store = new DiskBlobStore(disk["store"], new DiskBlobStoreOptions());
        Digest pinned = Digest.Of(Content(0)), linked = Digest.Of(Content(1));
        using IDisposable pin = store.Pin([pinned]);
        StorageFolder.Put(store, Content(0));
        StorageFolder.Put(store, Content(1));
        Assert.True(store.TryLink(linked, disk["root"]));
        string ballast = disk["ballast"];
        disk.Fill(ballast);

        IOException e = Assert.Throws<IOException>(() => StorageFolder.Put(store, Content(2)));
        Assert.Contains("is full", e.Message, StringComparison.Ordinal);
        Assert.Contains(disk["store"], e.Message, StringComparison.Ordinal);
        Assert.False(store.Contains(Digest.Of(Content(2))));
        Assert.All([pinned, linked], digest => Assert.True(store.Contains(digest)));
        Assert.All(Directory.EnumerateFiles(disk["store/tmp"], "*", SearchOption.AllDirectories), file => Assert.EndsWith("/lock", file, StringComparison.Ordinal));

        File.Delete(ballast);
        Assert.True(store.Contains(StorageFolder.Put(store, Content(2))));
    }

    [Fact]
    public void What_links_to_blobs_is_given_up_on_a_full_disk_as_far_as_needed()
    {
        using var folder = new StorageFolder();

        // No disk has room for a blob of such a length.
        const long Endless = 1L << 60;
        var roots = new Queue<string>([folder["first"], folder["second"]]);
        var store = new DiskBlobStore(folder["store"], new DiskBlobStoreOptions { Limit = Endless, GiveUpLinks = GiveUp });
        Digest pinned = StorageFolder.Put(store, Content(1)), linked = StorageFolder.Put(store, Content(2));
        using IDisposable pin = store.Pin([pinned]);
        Assert.All(roots, root => Assert.True(store.TryLink(linked, root)));

        store.Create(Digest.Of("x"u8), Endless).Dispose();
        Assert.Empty(roots);
        Assert.False(store.Contains(linked));
        Assert.True(store.Contains(pinned));

        bool GiveUp()
        {
            if (!roots.TryDequeue(out string? root))
            {
                return false;
            }

            File.Delete(root);
            return true;
        }
    }

    [NeedsMount]
    public void The_longest_unused_idle_root_goes_when_its_blobs_fill_the_disk()
    {
        using var disk = new SmallDisk("1m");
        string roots = Directory.CreateDirectory(disk["roots"]).FullName;
        var pool = new RootPool(roots, keep: 3);
        var store = new DiskBlobStore(disk["store"], new DiskBlobStoreOptions { GiveUpLinks = pool.GiveUpIdle });
        Digest first = StorageFolder.Put(store, Content(0)), second = StorageFolder.Put(store, Content(1));
        RootTree idle = Root(pool, store, first), used = Root(pool, store, second);
        pool.Return(idle);
        disk.Fill(disk["ballast"]);

        Assert.True(store.Contains(StorageFolder.Put(store, Content(2))));
        Assert.False(store.Contains(first));
        Assert.True(store.Contains(second));
        Assert.Equal([used.Host], Directory.GetDirectories(roots));
        Assert.False(pool.GiveUpIdle());
    }

    [NeedsMount]
    public void A_root_that_alone_holds_evicted_content_makes_room_too()
    {
        using var disk = new SmallDisk("1m");
        string roots = Directory.CreateDirectory(disk["roots"]).FullName;
        var pool = new RootPool(roots, keep: 3);
        var store = new DiskBlobStore(disk["store"], new DiskBlobStoreOptions { GiveUpLinks = pool.GiveUpIdle });
        Digest evicted = StorageFolder.Put(store, Content(0));
        pool.Return(Root(pool, store, evicted));
        File.Delete(disk[$"store/{evicted.ToString()[..2]}/{evicted.ToString()[2..]}"]);
        disk.Fill(disk["ballast"]);

        Assert.True(store.Contains(StorageFolder.Put(store, Content(1))));
        Assert.Empty(Directory.GetDirectories(roots));
    }

    [NeedsMount]
    public void A_folder_that_is_mounted_read_only_is_named_with_what_to_do()
    {
        using var disk = new SmallDisk("1m,ro");
        IOException e = Assert.Throws<IOException>(() => new DiskBlobStore(disk["store"], new DiskBlobStoreOptions()));
        Assert.Contains($"'{disk["store"]}' cannot hold blobs", e.Message, StringComparison.Ordinal);
    }

    /// <summary>A root with the blob.</summary>
    private static RootTree Root(RootPool pool, DiskBlobStore store, Digest blob)
    {
        RootContents contents = new(new FileTree { Files = [new TreeFile("/usr/bin/compiler", blob, BlobSize, 0)] }, FileTree.Empty, [], "/work", 0);
        RootTree tree = pool.Take(contents);
        Assert.Empty(tree.Apply(new RootPlan(contents), contents, store, default));
        return tree;
    }

    private static byte[] Content(int number)
    {
        byte[] content = new byte[BlobSize];
        new Random(number).NextBytes(content);
        return content;
    }
}
