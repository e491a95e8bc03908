using System.Diagnostics;
using Xunit;

namespace IceCream.Tests.Storage;

/// <summary>A file system of its own, in memory.</summary>
internal sealed class SmallDisk : IDisposable
{
    private static readonly Lazy<string?> LazyObstacle = new(Try);

    private readonly string _path = Directory.CreateTempSubdirectory("small disk ").FullName;
    private int _mounts = 1;

    /// <param name="size">Its size, with further options of the mount.</param>
    public SmallDisk(string size)
    {
        if (Run("mount", "-t", "tmpfs", "-o", "size=" + size, "tmpfs", _path) is { } objection)
        {
            Directory.Delete(_path);
            throw new IOException(objection);
        }
    }

    /// <summary>Why no disk can be mounted here; null when one can.</summary>
    public static string? Obstacle => LazyObstacle.Value;

    public string this[string name] => Path.Combine(_path, name);

    /// <summary>Takes what room is left.</summary>
    public void Fill(string path)
    {
        using FileStream ballast = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        byte[] page = new byte[4096];
        for (long free = new DriveInfo(_path).AvailableFreeSpace; free >= page.Length; free -= page.Length)
        {
            ballast.Write(page);
        }
    }

    /// <summary>From now on nothing can be written by its paths. Files that are open for writing stay so, which a disk that is mounted anew does not allow.</summary>
    public void MakeReadOnly()
    {
        Assert.Null(Run("mount", "-o", "bind,ro", _path, _path));
        _mounts++;
    }

    public void Dispose()
    {
        for (; _mounts > 0; _mounts--)
        {
            // Detached at once: a store keeps the lock of its folder open as long as it lives.
            Assert.Null(Run("umount", "-l", _path));
        }

        Directory.Delete(_path);
    }

    private static string? Try()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return "Only root can mount a file system.";
        }

        try
        {
            new SmallDisk("64k").Dispose();
            return null;
        }
        catch (IOException e)
        {
            return $"No file system can be mounted here: {e.Message}";
        }
    }

    /// <returns>What the program complained about; null when it succeeded.</returns>
    private static string? Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? null : errors.Trim();
    }
}

/// <summary>A test that mounts a file system; skipped, with the reason, where that is not allowed.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NeedsMountAttribute : FactAttribute
{
    public NeedsMountAttribute() => Skip = SmallDisk.Obstacle;
}
