using IceCream.Diagnostics;
using IceCream.Platform;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace IceCream.Roots;

/// <summary>
/// The folder in which one process builds the roots of its jobs. Its lock ends with the process in any case, and the next process removes what was
/// left. Files that cannot be removed - marked as immutable, or a mount - are moved aside, and do not prevent the start.
/// </summary>
internal sealed partial class RootsFolder : IDisposable
{
    private const string LockSuffix = ".lock", AsideName = "set-aside";

    private readonly FileStream _lock;
    private readonly ILogger _logger;

    /// <param name="parent">Contains the folders of all processes; created when missing.</param>
    /// <param name="logger">Receives a warning for each folder that could not be removed.</param>
    /// <exception cref="IOException">The disk is full or cannot be written.</exception>
    public RootsFolder(string parent, ILogger? logger = null)
    {
        _logger = logger ?? NullLogger.Instance;
        Directory.CreateDirectory(parent);
        RemoveOrphans(parent);
        Path = System.IO.Path.Combine(parent, $"{Environment.ProcessId}-{Guid.NewGuid():N}");
        _lock = FileLock.TryTake(Path + LockSuffix) ?? throw new IOException($"'{Path}{LockSuffix}' is locked already.");
        try
        {
            Directory.CreateDirectory(Path);
        }
        catch
        {
            // A full disk may have room for an empty file and none for a folder. Whoever tries again and again must not hold a lock for each trial.
            _lock.Dispose();
            File.Delete(Path + LockSuffix);
            throw;
        }
    }

    /// <summary>The folder for roots.</summary>
    public string Path { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        RemoveOrSetAside(Path);
        File.Delete(Path + LockSuffix);
        _lock.Dispose();
    }

    private void RemoveOrphans(string parent)
    {
        foreach (string file in Directory.GetFiles(parent, "*" + LockSuffix))
        {
            try
            {
                using FileStream? taken = FileLock.TryTake(file);
                if (taken is not null)
                {
                    RemoveOrSetAside(file[..^LockSuffix.Length]);
                    File.Delete(file);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It belongs to another user, or another process is removing it now.
            }
        }
    }

    private void RemoveOrSetAside(string folder)
    {
        try
        {
            FolderRemoval.Remove(folder);
        }
        catch (IOException e)
        {
            LogStays(SetAside(folder), e.Message);
        }
    }

    /// <returns>Its new path.</returns>
    private static string SetAside(string folder)
    {
        try
        {
            string aside = Directory.CreateDirectory(System.IO.Path.Combine(System.IO.Path.GetDirectoryName(folder)!, AsideName)).FullName;
            string place = System.IO.Path.Combine(aside, System.IO.Path.GetFileName(folder));
            Directory.Move(folder, place);
            return place;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The folder stays in place. It no longer has a lock, so no process will try to remove it.
            return folder;
        }
    }

    [LoggerMessage(EventIds.RootSetAside, LogLevel.Warning, "'{Place}' is left over from jobs that have ended, and cannot be removed: {Reason} It takes up space only: remove it by hand.")]
    private partial void LogStays(string place, string reason);
}
