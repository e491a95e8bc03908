using IceCream.Jobs;
using IceCream.Platform;

namespace IceCream.Storage;

/// <summary>
/// The layout of a store on disk: blobs as <c>ab/cdef…</c>, and files being written in <c>tmp</c>, where every process has its own folder. A process
/// holds the lock of its folder as long as it runs, so that the files of a dead process can be told from those being written.
/// </summary>
internal sealed class BlobFolder
{
    private readonly string _temporaries;
    private readonly string? _own;

    // It is never disposed: the kernel releases the lock when the process ends.
    private readonly FileStream? _lock;

    /// <summary>Opens the folder, creating it when missing.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="mayBeReadOnly">Whether a folder that exists and cannot be written is opened for reading.</param>
    /// <exception cref="IOException">It cannot be created or written; the message says what to do.</exception>
    public BlobFolder(string path, bool mayBeReadOnly = false)
    {
        Path = System.IO.Path.GetFullPath(path);
        _temporaries = System.IO.Path.Combine(Path, "tmp");
        try
        {
            (_own, _lock) = TakeTemporary();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            WhyReadOnly = $"The folder '{Path}' cannot hold blobs: {e.Message} Make it a folder that user {Linux.EffectiveUser()} may write, or choose another one.";
            if (!mayBeReadOnly || !Directory.Exists(Path))
            {
                throw new IOException(WhyReadOnly, e);
            }
        }
    }

    public string Path { get; }

    /// <summary>Why nothing can be written, and what to do; null when it can.</summary>
    public string? WhyReadOnly { get; }

    /// <summary>The free space on its disk, in bytes.</summary>
    public long FreeBytes => new DriveInfo(Path).AvailableFreeSpace;

    public string PathOf(Digest digest)
    {
        string name = digest.ToString();
        return string.Concat(Path, "/", name.AsSpan(0, 2), string.Concat("/", name.AsSpan(2)));
    }

    /// <summary>A new path for a file that will become a blob.</summary>
    /// <exception cref="IOException">Nothing can be written here.</exception>
    public string NewTemporary() => System.IO.Path.Combine(_own ?? throw new IOException(WhyReadOnly), Guid.NewGuid().ToString("N"));

    /// <summary>All blobs, with their files.</summary>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    public IEnumerable<(Digest Digest, FileInfo File)> Enumerate()
    {
        foreach (string folder in Directory.EnumerateDirectories(Path, "??"))
        {
            string prefix = System.IO.Path.GetFileName(folder);
            foreach (FileInfo file in new DirectoryInfo(folder).EnumerateFiles())
            {
                if (Digest.TryParse(prefix + file.Name, out Digest digest))
                {
                    yield return (digest, file);
                }
            }
        }
    }

    /// <summary>Removes the temporary folders of processes that died while they wrote.</summary>
    /// <returns>The removed folders.</returns>
    public IReadOnlyList<string> RemoveStale()
    {
        List<string> removed = [];
        foreach (string folder in Directory.Exists(_temporaries) ? Directory.GetDirectories(_temporaries) : [])
        {
            try
            {
                using FileStream? dead = FileLock.TryTake(System.IO.Path.Combine(folder, "lock"));
                if (dead is not null)
                {
                    Directory.Delete(folder, recursive: true);
                    removed.Add(folder);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It belongs to another user, or another process is removing it now.
            }
        }

        return removed;
    }

    private (string Folder, FileStream Lock) TakeTemporary()
    {
        for (int attempt = 0; ; attempt++)
        {
            string folder = System.IO.Path.Combine(_temporaries, System.IO.Path.GetRandomFileName());
            string path = System.IO.Path.Combine(folder, "lock");
            try
            {
                Directory.CreateDirectory(folder);
                if (FileLock.TryTake(path) is { } taken)
                {
                    if (File.Exists(path))
                    {
                        return (folder, taken);
                    }

                    taken.Dispose();
                }
            }
            catch (DirectoryNotFoundException) when (attempt < 100)
            {
                // A process that started at the same moment took this folder for a dead one's before it was locked.
            }
        }
    }
}
