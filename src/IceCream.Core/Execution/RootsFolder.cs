using IceCream.Platform;

namespace IceCream.Execution;

/// <summary>
/// The folder in which one process builds the roots of its jobs. Its lock ends with the process, however that ends; whoever comes next
/// removes what was left behind.
/// </summary>
internal sealed class RootsFolder : IDisposable
{
    private const string LockSuffix = ".lock";

    private readonly FileStream _lock;

    /// <param name="parent">Holds the folders of all processes; made when absent.</param>
    /// <exception cref="IOException">The disk is full or cannot be written.</exception>
    public RootsFolder(string parent)
    {
        Directory.CreateDirectory(parent);
        RemoveOrphans(parent);
        Path = System.IO.Path.Combine(parent, $"{Environment.ProcessId}-{Guid.NewGuid():N}");
        _lock = FileLock.TryTake(Path + LockSuffix) ?? throw new IOException($"'{Path}{LockSuffix}' is locked already.");
        Directory.CreateDirectory(Path);
    }

    /// <summary>Where to build.</summary>
    public string Path { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        FolderRemoval.Remove(Path);
        File.Delete(Path + LockSuffix);
        _lock.Dispose();
    }

    private static void RemoveOrphans(string parent)
    {
        foreach (string file in Directory.GetFiles(parent, "*" + LockSuffix))
        {
            using FileStream? taken = FileLock.TryTake(file);
            if (taken is not null)
            {
                FolderRemoval.Remove(file[..^LockSuffix.Length]);
                File.Delete(file);
            }
        }
    }
}
