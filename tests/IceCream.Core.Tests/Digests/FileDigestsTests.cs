using IceCream.Digests;
using IceCream.Jobs;
using IceCream.Tests.Storage;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace IceCream.Tests.Digests;

public sealed class FileDigestsTests : IDisposable
{
    private readonly StorageFolder _folder = new();

    // An hour ahead of the file system's clock: what a test has just written counts as settled.
    private readonly FakeTimeProvider _later = new(TimeProvider.System.GetUtcNow().AddHours(1));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_is_read_once()
    {
        string path = _folder.Write("a", "text");
        using FileDigests digests = new(_later);

        Assert.True(digests.TryGet(path, out FileDigest first));
        Assert.True(digests.TryGet(path, out FileDigest second));
        Assert.Equal((Digest.Of("text"u8), 4), (first.Digest, first.Length));
        Assert.Equal(new DateTimeOffset(File.GetLastWriteTimeUtc(path)).ToUnixTimeSeconds(), first.Modified);
        Assert.Equal(first, second);
        Assert.Equal(1, digests.Hashed);
    }

    [Theory]
    [InlineData("/proc/version")]
    [InlineData("/sys/kernel/mm/transparent_hugepage/enabled")]
    public void A_file_whose_bytes_are_made_as_they_are_read_has_no_digest(string path)
    {
        using FileDigests digests = new(_later);
        Assert.False(digests.TryGet(path, out _));
    }

    [Fact]
    public void A_file_that_has_just_changed_is_not_remembered()
    {
        string path = _folder.Write("a", "text");
        using FileDigests digests = new(new FakeTimeProvider(new DateTimeOffset(File.GetLastWriteTimeUtc(path)).AddMilliseconds(10)));

        Assert.True(digests.TryGet(path, out _));
        Assert.True(digests.TryGet(path, out _));
        Assert.Equal(2, digests.Hashed);
    }

    [Fact]
    public void An_edit_that_keeps_size_and_time_of_modification_is_noticed()
    {
        string path = _folder.Write("a", "text");
        DateTime old = DateTime.UnixEpoch.AddDays(365);
        File.SetLastWriteTimeUtc(path, old);
        using FileDigests digests = new();
        Assert.True(digests.TryGet(path, out _));
        File.WriteAllText(path, "next");
        File.SetLastWriteTimeUtc(path, old);

        Assert.True(digests.TryGet(path, out FileDigest digest));
        Assert.Equal(Digest.Of("next"u8), digest.Digest);
    }

    [Fact]
    public void A_file_renamed_over_another_is_noticed()
    {
        string path = _folder.Write("a", "text"), other = _folder.Write("b", "next");
        File.SetLastWriteTimeUtc(other, File.GetLastWriteTimeUtc(path));
        using FileDigests digests = new(_later);
        Assert.True(digests.TryGet(path, out _));
        File.Move(other, path, overwrite: true);

        Assert.True(digests.TryGet(path, out FileDigest digest));
        Assert.Equal(Digest.Of("next"u8), digest.Digest);
    }

    [Fact]
    public void What_is_no_regular_file_has_no_digest()
    {
        using FileDigests digests = new(_later);

        Assert.False(digests.TryGet(_folder["missing"], out _));
        Assert.False(digests.TryGet(_folder.Root, out _));
        Assert.False(digests.TryGet("/dev/null", out _));
    }

    [Fact]
    public void The_index_outlives_the_process()
    {
        string path = _folder.Write("a ü", "text");
        using (FileDigests digests = new(_later, _folder["index"]))
        {
            Assert.True(digests.TryGet(path, out _));
        }

        using FileDigests again = new(_later, _folder["index"]);
        Assert.True(again.TryGet(path, out FileDigest digest));
        Assert.Equal(Digest.Of("text"u8), digest.Digest);
        Assert.Equal(0, again.Hashed);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(20)]
    public void A_damaged_index_is_rebuilt(int position)
    {
        string path = _folder.Write("a", "text");
        using (FileDigests digests = new(_later, _folder["index"]))
        {
            Assert.True(digests.TryGet(path, out _));
        }

        byte[] bytes = File.ReadAllBytes(_folder["index"]);
        bytes[position] ^= 1;
        File.WriteAllBytes(_folder["index"], bytes);
        using (FileDigests digests = new(_later, _folder["index"]))
        {
            Assert.True(digests.TryGet(path, out _));
            Assert.Equal(1, digests.Hashed);
        }

        using FileDigests rebuilt = new(_later, _folder["index"]);
        Assert.True(rebuilt.TryGet(path, out _));
        Assert.Equal(0, rebuilt.Hashed);
    }

    [Fact]
    public void The_index_is_saved_every_minute_while_there_is_news()
    {
        string path = _folder.Write("a", "text");
        using FileDigests digests = new(_later, _folder["index"]);
        _later.Advance(TimeSpan.FromMinutes(1));
        Assert.False(File.Exists(_folder["index"]));
        Assert.True(digests.TryGet(path, out _));
        _later.Advance(TimeSpan.FromMinutes(1));

        using FileDigests other = new(_later, _folder["index"]);
        Assert.True(other.TryGet(path, out _));
        Assert.Equal(0, other.Hashed);
    }

    [Fact]
    public void Two_processes_keep_what_each_of_them_learned()
    {
        string a = _folder.Write("a", "a"), b = _folder.Write("b", "b");
        using (FileDigests one = new(_later, _folder["index"]), two = new(_later, _folder["index"]))
        {
            Assert.True(one.TryGet(a, out _));
            Assert.True(two.TryGet(b, out _));
        }

        using FileDigests both = new(_later, _folder["index"]);
        Assert.True(both.TryGet(a, out _) && both.TryGet(b, out _));
        Assert.Equal(0, both.Hashed);
    }

    [Fact]
    public void Files_that_are_gone_or_long_unused_are_forgotten()
    {
        string used = _folder.Write("used", "1"), unused = _folder.Write("unused", "2"), gone = _folder.Write("gone", "3");
        using (FileDigests digests = new(_later, _folder["index"]))
        {
            Assert.True(digests.TryGet(used, out _) && digests.TryGet(unused, out _) && digests.TryGet(gone, out _));
        }

        File.Delete(gone);
        _later.Advance(TimeSpan.FromDays(20));
        using (FileDigests digests = new(_later, _folder["index"]))
        {
            Assert.True(digests.TryGet(used, out _));
        }

        _later.Advance(TimeSpan.FromDays(20));
        using (FileDigests digests = new(_later, _folder["index"]))
        {
            Assert.True(digests.TryGet(used, out _));
            digests.Save();
        }

        Assert.Equal([used], FileDigestIndex.Read(_folder["index"]).Select(entry => entry.Key));
    }

    [Fact]
    public void What_is_stored_through_a_mapping_that_stays_open_is_seen()
    {
        string path = _folder.Write("mapped", "one");
        using var own = new FileDigests(_later);
        IFileDigests digests = own;
        using (var mapping = System.IO.MemoryMappedFiles.MemoryMappedFile.CreateFromFile(path, FileMode.Open))
        {
            using System.IO.MemoryMappedFiles.MemoryMappedViewAccessor view = mapping.CreateViewAccessor(0, 3);
            foreach (byte letter in "abc"u8)
            {
                view.Write(0, letter);
                Assert.True(digests.TryGet(path, out FileDigest now));
                Assert.Equal(Digest.Of([letter, (byte)'n', (byte)'e']), now.Digest);
                Assert.True(digests.MayChangeUnseen(path));
            }
        }

        // A child that another test starts at this moment has what this process has open, until it has become its program.
        Assert.True(SpinWait.SpinUntil(() => digests.TryGet(path, out _) && !digests.MayChangeUnseen(path), TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public void What_a_killed_process_left_of_its_index_is_removed()
    {
        string left = _folder.Write($"index.{Guid.NewGuid():N}", "half"), other = _folder.Write("index.txt", "kept");
        File.SetLastWriteTimeUtc(left, DateTime.UnixEpoch);
        File.SetLastWriteTimeUtc(other, DateTime.UnixEpoch);
        using FileDigests digests = new(_later, _folder["index"]);
        Assert.False(File.Exists(left));
        Assert.True(File.Exists(other));
    }
}
