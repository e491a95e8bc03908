using IceCream.Jobs;
using IceCream.Storage;
using Xunit;

namespace IceCream.Tests.Storage;

public sealed class MemoryBlobStoreTests : BlobStoreContractTests
{
    private protected override IBlobStore Store { get; } = new MemoryBlobStore();
}

public sealed class DiskBlobStoreContractTests : BlobStoreContractTests
{
    private DiskBlobStore? _store;

    private protected override IBlobStore Store => _store ??= new DiskBlobStore(Folder["store"], new DiskBlobStoreOptions());

    [Fact]
    public void Neither_wrong_bytes_nor_a_forgotten_writer_leave_a_file()
    {
        Digest digest = Digest.Of("right"u8);
        using (IBlobWriter writer = Store.Create(digest, 5))
        {
            writer.Write("wrong"u8);
            Assert.Throws<InvalidDataException>(writer.Commit);
        }

        using (IBlobWriter writer = Store.Create(digest, 5))
        {
            writer.Write("ri"u8);
        }

        Assert.All(Directory.EnumerateFiles(Folder["store"], "*", SearchOption.AllDirectories), file => Assert.EndsWith("/lock", file, StringComparison.Ordinal));
    }
}

/// <summary>What every blob store promises.</summary>
public abstract class BlobStoreContractTests : IDisposable
{
    private protected StorageFolder Folder { get; } = new();

    private protected abstract IBlobStore Store { get; }

    public void Dispose()
    {
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public void What_was_put_in_comes_out()
    {
        byte[] bytes = StorageFolder.Bytes("some bytes");
        Digest digest = StorageFolder.Put(Store, bytes);

        Assert.True(Store.Contains(digest));
        Assert.Equal(bytes, Store.TryRead(digest, int.MaxValue));
    }

    [Fact]
    public void A_blob_larger_than_is_wanted_is_not_read()
    {
        Digest digest = StorageFolder.Put(Store, new byte[1000]);
        Assert.Equal(1000, Store.TryRead(digest, 1000)!.Length);
        Assert.Throws<InvalidDataException>(() => Store.TryRead(digest, 999));
    }

    [Fact]
    public void The_empty_blob_is_a_blob()
    {
        Assert.Equal([], Store.TryRead(StorageFolder.Put(Store, []), int.MaxValue)!);
    }

    [Fact]
    public void What_is_not_there_is_neither_read_nor_linked_nor_copied()
    {
        Digest digest = Digest.Of("absent"u8);

        Assert.False(Store.Contains(digest));
        Assert.Null(Store.TryRead(digest, int.MaxValue));
        Assert.False(Store.TryLink(digest, Folder["link"]));
        Assert.False(Store.TryCopy(digest, Folder["copy"]));
        Assert.Empty(Directory.EnumerateFiles(Folder.Root));
    }

    [Fact]
    public void A_link_is_read_only_and_executable()
    {
        Digest digest = StorageFolder.Put(Store, StorageFolder.Bytes("tool"));

        Assert.True(Store.TryLink(digest, Folder["link"]));
        Assert.Equal("tool", File.ReadAllText(Folder["link"]));
        Assert.Equal("555", Convert.ToString((int)new FileInfo(Folder["link"]).UnixFileMode, 8));
    }

    [Fact]
    public void A_copy_can_be_changed_without_changing_the_blob()
    {
        Digest digest = StorageFolder.Put(Store, StorageFolder.Bytes("first"));

        Assert.True(Store.TryCopy(digest, Folder["copy"]));
        Assert.True(new FileInfo(Folder["copy"]).UnixFileMode.HasFlag(UnixFileMode.UserWrite));
        File.WriteAllText(Folder["copy"], "other");
        Assert.Equal("first"u8.ToArray(), Store.TryRead(digest, int.MaxValue));
    }

    [Fact]
    public void Nothing_is_linked_or_copied_over_a_file()
    {
        Digest digest = StorageFolder.Put(Store, StorageFolder.Bytes("new"));
        string path = Folder.Write("old", "old");

        Assert.Throws<IOException>(() => Store.TryLink(digest, path));
        Assert.Throws<IOException>(() => Store.TryCopy(digest, path));
        Assert.Equal("old", File.ReadAllText(path));
    }

    [Theory]
    [InlineData("wrong")]
    [InlineData("shor")]
    public void A_writer_with_other_bytes_than_announced_is_refused(string text)
    {
        Digest digest = Digest.Of("right"u8);
        using IBlobWriter writer = Store.Create(digest, 5);
        writer.Write(StorageFolder.Bytes(text));

        Assert.Throws<InvalidDataException>(writer.Commit);
        Assert.False(Store.Contains(digest));
    }

    [Fact]
    public void A_writer_with_more_bytes_than_announced_is_refused_at_once()
    {
        using IBlobWriter writer = Store.Create(Digest.Of("right"u8), 5);
        writer.Write("righ"u8);

        Assert.Throws<InvalidDataException>(() => writer.Write("ts"u8));
    }

    [Fact]
    public void Two_writers_of_one_blob_both_succeed()
    {
        Digest digest = Digest.Of("twice"u8);
        using IBlobWriter first = Store.Create(digest, 5);
        using IBlobWriter second = Store.Create(digest, 5);
        first.Write("twice"u8);
        second.Write("twice"u8);
        first.Commit();
        second.Commit();

        Assert.Equal("twice"u8.ToArray(), Store.TryRead(digest, int.MaxValue));
    }

    [Fact]
    public void A_file_is_imported_only_under_its_own_digest()
    {
        string path = Folder.Write("file", "content");

        Assert.False(Store.TryImport(Digest.Of("c0ntent"u8), path));
        Assert.False(Store.Contains(Digest.Of("c0ntent"u8)));
        Assert.True(Store.TryImport(Digest.Of("content"u8), path));
        Assert.Equal("content"u8.ToArray(), Store.TryRead(Digest.Of("content"u8), int.MaxValue));
    }

    [Fact]
    public void What_is_no_file_is_not_imported()
    {
        Assert.False(Store.TryImport(Digest.Of("x"u8), Folder["missing"]));
        Assert.False(Store.TryImport(Digest.Of("x"u8), Folder.Root));
    }
}
