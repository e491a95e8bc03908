using IceCream.Jobs;
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

    [NeedsMount]
    public void A_folder_that_is_mounted_read_only_is_named_with_what_to_do()
    {
        using var disk = new SmallDisk("1m,ro");
        IOException e = Assert.Throws<IOException>(() => new DiskBlobStore(disk["store"], new DiskBlobStoreOptions()));
        Assert.Contains($"'{disk["store"]}' cannot hold blobs", e.Message, StringComparison.Ordinal);
    }

    private static byte[] Content(int number)
    {
        byte[] content = new byte[BlobSize];
        new Random(number).NextBytes(content);
        return content;
    }
}
