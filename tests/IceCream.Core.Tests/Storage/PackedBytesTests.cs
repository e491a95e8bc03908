using FsCheck.Xunit;
using IceCream.Jobs;
using IceCream.Storage;
using Xunit;

namespace IceCream.Tests.Storage;

/// <summary>What is packed comes back as it was; what is damaged, or only looks packed, is never taken for it.</summary>
public sealed class PackedBytesTests
{
    [Property(MaxTest = 50)]
    public void What_is_packed_comes_back(byte[] piece, int times)
    {
        byte[] bytes = [.. Enumerable.Repeat(piece.Append((byte)7), 1 + Math.Abs(times % 5000)).SelectMany(static part => part)];
        if (PackedBytes.Pack(bytes) is not { } packed)
        {
            return;
        }

        Assert.True(packed.Length < bytes.Length);
        Assert.Equal(bytes, PackedBytes.Unpack(packed, bytes.Length));
        Assert.Null(PackedBytes.Unpack(packed, bytes.Length - 1));
    }

    [Fact]
    public void What_would_save_nothing_is_not_packed()
    {
        byte[] noise = new byte[100_000];
        new Random(3).NextBytes(noise);
        Assert.Null(PackedBytes.Pack(noise));
        Assert.Null(PackedBytes.Pack(new byte[PackedBytes.Least - 1]));
        Assert.NotNull(PackedBytes.Pack(new byte[PackedBytes.Least]));
        Assert.Null(PackedBytes.Pack(new byte[PackedBytes.Most + 1]));
    }

    [Fact]
    public void What_is_damaged_is_none_or_other_bytes_and_never_a_defect()
    {
        byte[] bytes = [.. Enumerable.Range(0, 6000).Select(static number => (byte)(number / 7))];
        byte[] packed = PackedBytes.Pack(bytes)!;
        for (int bit = 0; bit < packed.Length * 8; bit++)
        {
            byte[] damaged = [.. packed];
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.True(PackedBytes.Unpack(damaged, PackedBytes.Most) is null or { Length: <= PackedBytes.Most });
        }

        for (int length = 0; length < packed.Length; length++)
        {
            Assert.Null(PackedBytes.Unpack(packed.AsSpan(0, length), PackedBytes.Most));
        }
    }

    /// <summary>The store knows by the digest: a compile may write anything, also what looks like a packed file.</summary>
    [Fact]
    public void A_blob_that_only_looks_packed_is_itself()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("icecream-test-");
        try
        {
            byte[] packed = PackedBytes.Pack(new byte[8000])!;
            var store = new DiskBlobStore(folder.FullName, new DiskBlobStoreOptions { Limit = 1 << 20 });
            using (IBlobWriter writer = store.Create(Digest.Of(packed), packed.Length))
            {
                writer.Write(packed);
                writer.Commit();
            }

            store.PutPacked(Digest.Of(new byte[8000]), packed);
            using OutputContent itself = store.TryTake(Digest.Of(packed))!, unpacked = store.TryTake(Digest.Of(new byte[8000]))!;
            Assert.Equal(packed, itself.ToArray());
            Assert.Equal(new byte[8000], unpacked.ToArray());

            var later = new DiskBlobStore(folder.FullName, new DiskBlobStoreOptions { Limit = 1 << 20 });
            Assert.True(later.Contains(Digest.Of(packed)) && later.Contains(Digest.Of(new byte[8000])));
            Assert.Equal(2 * packed.Length, later.Size);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
