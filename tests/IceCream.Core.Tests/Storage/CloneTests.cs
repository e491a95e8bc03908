using System.Diagnostics;
using IceCream.Caching;
using IceCream.Execution;
using IceCream.Jobs;
using IceCream.Storage;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace IceCream.Tests.Storage;

/// <summary>Where files can share their blocks, a large output is neither packed nor copied; elsewhere it is both.</summary>
public sealed class CloneTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("icecream-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [NeedsBtrfs]
    public void Where_files_share_their_blocks_a_large_output_does()
    {
        string image = Path.Combine(_folder, "image"), disk = Directory.CreateDirectory(Path.Combine(_folder, "disk")).FullName;
        using (FileStream stream = File.Create(image))
        {
            stream.SetLength(128 << 20);
        }

        Run("mkfs.btrfs", "-q", image);
        Run("mount", "-o", "loop", image, disk);
        try
        {
            byte[] bytes = Large();
            var store = new ResultStore(Path.Combine(disk, "results"), 64 << 20, TimeProvider.System);
            Digest digest = store.Put(OutputContent.Of(bytes));
            Assert.Equal(bytes.Length, Directory.EnumerateFiles(Path.Combine(disk, "results"), "*", SearchOption.AllDirectories).Max(static file => new FileInfo(file).Length));
            using var content = Assert.IsType<FileContent>(store.Take(digest));
            string place = Path.Combine(disk, "a.o");
            using (SafeFileHandle probe = File.OpenHandle(Path.Combine(disk, "probe"), FileMode.CreateNew, FileAccess.Write))
            {
                Assert.True(content.TryClone(probe));
            }

            Put(content, place);
            Assert.Equal(bytes, File.ReadAllBytes(place));
        }
        finally
        {
            Run("umount", "-l", disk);
        }
    }

    [Fact]
    public void Where_they_cannot_it_is_packed_and_put_in_place_all_the_same()
    {
        byte[] bytes = Large();
        var store = new ResultStore(Path.Combine(_folder, "results"), 64 << 20, TimeProvider.System);
        Digest digest = store.Put(OutputContent.Of(bytes));
        using OutputContent content = store.Take(digest)!;
        string place = Path.Combine(_folder, "a.o");
        Put(content, place);
        Assert.Equal(bytes, File.ReadAllBytes(place));

        // A file on another disk is no file to share with.
        if (Directory.Exists("/dev/shm"))
        {
            using FileStream other = new(Path.Combine("/dev/shm", Path.GetRandomFileName()), FileMode.CreateNew, FileAccess.Write, FileShare.None, 0, FileOptions.DeleteOnClose);
            using OutputContent own = FileContent.Of(File.OpenHandle(place), long.MaxValue);
            Assert.False(((FileContent)own).TryClone(other.SafeFileHandle));
            Assert.Equal(0, other.Length);
        }
    }

    private static byte[] Large() => [.. Enumerable.Range(0, 3 << 20).Select(static number => (byte)(number >> 8))];

    private static void Put(OutputContent content, string place)
    {
        var result = new CompileResult { Place = JobPlace.Cached, Outputs = [new OutputFile(place, 0b110_100_100, content)] };
        Assert.Null(OutputWriter.Write(result, [place], 0b010_010, static () => { }));
        Assert.Equal((UnixFileMode)0b110_100_100, File.GetUnixFileMode(place));
    }

    private static void Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    /// <summary>A test with a file system of its own; skipped where none can be made or mounted.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    private sealed class NeedsBtrfsAttribute : FactAttribute
    {
        public NeedsBtrfsAttribute() => Skip = !File.Exists("/usr/sbin/mkfs.btrfs") && !File.Exists("/sbin/mkfs.btrfs") ? "There is no mkfs.btrfs."
            : SmallDisk.Obstacle ?? (File.Exists("/dev/loop-control") ? null : "There are no loop devices.");
    }
}
