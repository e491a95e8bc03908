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
        _lock = Open(Path + LockSuffix);
        Linux.TryLock(_lock.SafeFileHandle);
        Directory.CreateDirectory(Path);
    }

    /// <summary>Where to build.</summary>
    public string Path { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Remove(Path);
        File.Delete(Path + LockSuffix);
        _lock.Dispose();
    }

    private static FileStream Open(string path) => new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);

    private static void RemoveOrphans(string parent)
    {
        foreach (string file in Directory.GetFiles(parent, "*" + LockSuffix))
        {
            FileStream opened;
            try
            {
                opened = Open(file);
            }
            catch (FileNotFoundException)
            {
                // Another process has tidied up at the same time.
                continue;
            }

            using (opened)
            {
                if (Linux.TryLock(opened.SafeFileHandle))
                {
                    Remove(file[..^LockSuffix.Length]);
                    File.Delete(file);
                }
            }
        }
    }

    private static void Remove(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // Its process ended before it made any.
        }
    }
}
