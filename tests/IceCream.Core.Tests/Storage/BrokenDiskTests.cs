using IceCream.Jobs;
using IceCream.Storage;
using Xunit;

namespace IceCream.Tests.Storage;

/// <summary>A store whose disk does not give back what was written.</summary>
public sealed class BrokenDiskTests
{
    /// <summary>A bad sector stays bad, and each job with the blob would fail. A node that has too many open files has some again in a moment.</summary>
    [Theory]
    [InlineData(5, true)]
    [InlineData(23, false)]
    [InlineData(24, false)]
    [InlineData(12, false)]
    public void A_blob_that_its_disk_has_lost_is_removed_and_one_that_cannot_be_opened_now_stays(int error, bool isRemoved)
    {
        using var folder = new StorageFolder();
        var sound = new DiskBlobStore(folder["store"], new DiskBlobStoreOptions());
        Digest digest = StorageFolder.Put(sound, StorageFolder.Bytes("sound"));
        string path = folder[$"store/{digest.ToString()[..2]}/{digest.ToString()[2..]}"];
        var broken = new DiskBlobStore(folder["store"], new DiskBlobStoreOptions { Open = _ => throw new IOException("broken", error) });
        foreach (Func<bool> use in (Func<bool>[])[() => broken.TryLink(digest, folder["link"]), () => broken.TryTake(digest) is not null])
        {
            if (isRemoved)
            {
                Assert.False(use());
                Assert.False(File.Exists(path));
                StorageFolder.Put(sound, StorageFolder.Bytes("sound"));
            }
            else
            {
                Assert.Equal(error, Assert.Throws<IOException>(() => use()).HResult);
                Assert.True(File.Exists(path));
            }
        }
    }
}
