using System.Buffers.Binary;
using System.Text;
using FsCheck.Xunit;
using IceCream.Jobs;
using IceCream.Platform;
using IceCream.Sandboxing.Observation;
using Xunit;

namespace IceCream.Tests.Sandboxing;

/// <summary>The record when others than the preload object write into it: offsets, lengths and flags may be anything.</summary>
public sealed class LookupRecordTests : IDisposable
{
    private const int SlotsAt = 64, Slots = 65536, DataAt = SlotsAt + (4 * Slots), Size = 4 << 20;

    private readonly string _folder = Directory.CreateTempSubdirectory("icecream-record-").FullName;
    private readonly LookupRecord _record;

    public LookupRecordTests() => _record = new LookupRecord(_folder);

    public void Dispose()
    {
        _record.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Entries_are_read_and_gone_when_the_next_command_begins()
    {
        Begin();
        Write(DataAt, Entry("/some/größe", 'o', 2));
        Write(SlotsAt + (4 * 77), Word(1));
        Assert.Equal(new Lookup("/some/größe", LookupKind.Open, 2), Assert.Single(_record.Read().Lookups));
        Write(DataAt, Entry("/some/größe", (char)('o' | 0x80), 2));
        Assert.Equal(new Lookup("/some/größe", LookupKind.Open, 2, IsBelow: true), Assert.Single(_record.Read().Lookups));
        Begin();
        Assert.Empty(_record.Read().Lookups);
    }

    /// <summary>The next command may be another user's, and has the record in its sandbox.</summary>
    [Theory]
    [InlineData(28u)]
    [InlineData(uint.MaxValue)]
    public void No_path_is_left_for_the_next_command_to_read(uint tail)
    {
        Begin();
        Write(8, Word(tail));
        Write(DataAt, Entry("/home/somebody/plans", 'o', 2));
        Write(SlotsAt, Word(1));
        Begin();
        byte[] left = new byte[64];
        using (FileStream file = new(Path.Combine(_folder, LookupRecord.RecordName), FileMode.Open, FileAccess.Read, FileShare.ReadWrite))
        {
            file.Position = DataAt;
            file.ReadExactly(left);
        }

        Assert.All(left, static value => Assert.Equal(0, value));
    }

    [Theory]
    [InlineData(1u, "more than", null)]
    [InlineData(2u, "could not be read", null)]
    [InlineData(4u, "architecture", null)]
    [InlineData(8u, null, "signal 7")]
    [InlineData(16u, null, "error 7")]
    [InlineData(32u, "refused", null)]
    [InlineData(128u, null, null)]
    [InlineData(256u, null, "nobody saw")]
    [InlineData(512u, null, "short of memory")]
    [InlineData(2048u, null, "interrupted")]
    [InlineData(4096u, null, "internal error")]
    public void Flags_are_put_into_words(uint flag, string? gap, string? trouble)
    {
        Begin();
        Write(12, Word(flag));
        Write(20, Word(7));
        CommandLookups seen = _record.Read();
        Assert.Equal(gap is null, seen.Gap is null);
        Assert.Equal(trouble is null, seen.Trouble is null);
        Assert.Contains(gap ?? "", seen.Gap ?? "", StringComparison.Ordinal);
        Assert.Contains(trouble ?? "", seen.Trouble ?? "", StringComparison.Ordinal);
        Assert.Equal(flag == 128, _record.WasPreloaded);
    }

    [Property]
    public void Whatever_a_slot_and_its_entry_say_nothing_is_read_from_elsewhere(uint slot, ushort length, byte kind, byte outcome, byte fill, bool nearTheEnd)
    {
        Begin();
        uint offset = nearTheEnd ? (uint)(Size - DataAt) - (slot % 20) : slot;
        if (offset <= Size - DataAt - 8)
        {
            byte[] head = [0, 0, 0, 0, (byte)length, (byte)(length >> 8), kind, outcome];
            Write(DataAt + (int)offset, head);
            Write(DataAt + (int)offset + 8, Enumerable.Repeat(fill, Math.Min(200, Size - DataAt - (int)offset - 8)).ToArray());
        }

        Write(SlotsAt + (4 * (outcome * 200)), Word(offset + 1));
        CommandLookups seen = _record.Read();
        if (offset + 1 == 0)
        {
            Assert.Empty(seen.Lookups);
            return;
        }

        Lookup lookup = Assert.Single(seen.Lookups);
        bool fits = offset + 8L + length <= Size - DataAt;
        Assert.True(fits || lookup.Path is null, $"offset {offset}, length {length}");
        Assert.True(lookup.Path is null || Encoding.UTF8.GetByteCount(lookup.Path) == length, $"offset {offset}, length {length}");
    }

    [Property(MaxTest = 20)]
    public void Random_bytes_all_over_are_read(int seed)
    {
        Begin();
        byte[] bytes = new byte[Size - 8];
        new Random(seed).NextBytes(bytes);
        Write(8, bytes);
        Assert.True(_record.Read().Lookups.Length > Slots / 2);
    }

    [Fact]
    public void One_long_entry_in_every_slot_takes_no_more_memory_than_the_record_has()
    {
        Begin();
        Write(DataAt, Entry(new string('x', 65535), 'o', 0));
        Write(SlotsAt, Enumerable.Range(0, Slots).SelectMany(static _ => Word(1)).ToArray());
        long before = GC.GetAllocatedBytesForCurrentThread();
        CommandLookups seen = _record.Read();
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 64 << 20);
        Assert.Contains(seen.Lookups, static lookup => lookup.Path is null);
    }

    [Fact]
    public void A_record_that_was_cut_short_is_a_gap_and_whole_for_the_next_command()
    {
        Begin();
        using (FileStream file = Open())
        {
            file.SetLength(100);
        }

        Assert.NotNull(_record.Read().Gap);
        Begin();
        Write(DataAt, Entry("/x", 's', 0));
        Write(SlotsAt, Word(1));
        CommandLookups seen = _record.Read();
        Assert.Null(seen.Gap);
        Assert.Equal("/x", Assert.Single(seen.Lookups).Path);
    }

    [Fact]
    public void A_record_that_was_extended_is_a_gap_and_gives_its_space_back()
    {
        Begin();
        using (FileStream file = Open())
        {
            file.SetLength(Size + 100);
        }

        Assert.NotNull(_record.Read().Gap);
        Assert.True(_record.IsSpoilt);
        Assert.Equal(Size, new FileInfo(Path.Combine(_folder, LookupRecord.RecordName)).Length);
    }

    /// <summary>Another command could not open it any more.</summary>
    [Fact]
    public void A_record_with_other_permissions_is_spoilt()
    {
        Begin();
        File.SetUnixFileMode(Path.Combine(_folder, LookupRecord.RecordName), UnixFileMode.None);
        Assert.NotNull(_record.Read().Gap);
        Assert.True(_record.IsSpoilt);
    }

    /// <summary>Without space for a page that it writes to, this process would be killed.</summary>
    [Fact]
    public void A_record_with_holes_has_its_disk_space_again()
    {
        Begin();
        using FileStream file = Open();
        long whole = Linux.BytesOnDisk(file.SafeFileHandle);
        file.SetLength(0);
        file.SetLength(Size);
        Assert.Equal(0, Linux.BytesOnDisk(file.SafeFileHandle));
        _record.Read();
        Assert.InRange(Linux.BytesOnDisk(file.SafeFileHandle), Math.Min(whole, Size), long.MaxValue);
    }

    [Fact]
    public void The_command_stands_in_its_file_with_variables_first()
    {
        _record.Begin(["A=1", "B=größe"], ["gcc", "", "-c"], PreloadOptions.None);
        Assert.Equal("A=1\0B=größe\0\0gcc\0\0-c\0", File.ReadAllText(Path.Combine(_folder, LookupRecord.CommandName)));
    }

    [Theory]
    [InlineData(true, "/lib64/ld-linux-x86-64.so.2 /usr/lib/libc.so.6")]
    [InlineData(true, "/lib/ld-musl-x86_64.so.1")]
    [InlineData(true, "/lib/ld-musl-x86_64.so.1 /lib64/ld-linux-x86-64.so.2")]
    [InlineData(false, "/usr/bin/gcc")]
    [InlineData(false, "/lib64/ld-linux-x86-64.so.2 /lib/ld-linux.so.2")]
    [InlineData(false, "/lib64/ld-linux-x86-64.so.2 /lib/ld-linux-aarch64.so.1")]
    [InlineData(false, "/lib64/ld-linux-x86-64.so.2 /usr/lib/libasan.so.8")]
    [InlineData(false, "/lib64/ld-linux-x86-64.so.2 /usr/lib/clang/libclang_rt.asan-x86_64.so")]
    [InlineData(false, "")]
    public void Only_trees_for_this_processor_alone_can_load_the_object(bool fits, string paths)
    {
        if (System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture != System.Runtime.InteropServices.Architecture.X64)
        {
            paths = paths.Replace("aarch64.so", "riscv64.so", StringComparison.Ordinal).Replace("linux-x86-64", "linux-aarch64", StringComparison.Ordinal).Replace("musl-x86_64", "musl-aarch64", StringComparison.Ordinal);
        }

        string[] names = paths.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(fits, PreloadFitness.Fits(new FileTree { Files = [.. names.Select(static path => new TreeFile(path, default, 1, 1))] }));
        Assert.Equal(fits, PreloadFitness.Fits(new FileTree { Links = [.. names.Select(static path => new TreeLink(path, "elsewhere"))] }));
    }

    private static byte[] Word(uint value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return bytes;
    }

    private static byte[] Entry(string path, char kind, byte outcome)
    {
        byte[] text = Encoding.UTF8.GetBytes(path);
        return [1, 0, 0, 0, (byte)text.Length, (byte)(text.Length >> 8), (byte)kind, outcome, .. text];
    }

    private FileStream Open() => new(Path.Combine(_folder, LookupRecord.RecordName), FileMode.Open, FileAccess.Write, FileShare.ReadWrite);

    private void Begin() => _record.Begin([], ["true"], PreloadOptions.None);

    private void Write(int at, byte[] bytes)
    {
        using FileStream file = Open();
        file.Position = at;
        file.Write(bytes);
    }
}
