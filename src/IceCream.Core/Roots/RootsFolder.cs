using IceCream.Diagnostics;
using IceCream.Platform;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace IceCream.Roots;

/// <summary>
/// The folder in which one process builds the roots of its jobs. Its lock ends with the process, however that ends; whoever comes next
/// removes what was left behind. What nobody can remove - a file marked as immutable, a mount - is set aside, and keeps no process from starting.
/// </summary>
internal sealed partial class RootsFolder : IDisposable
{
    private const string LockSuffix = ".lock", AsideName = "set-aside";

    private readonly FileStream _lock;
    private readonly ILogger _logger;

    /// <param name="parent">Holds the folders of all processes; made when absent.</param>
    /// <param name="logger">Where it is noted what could not be removed.</param>
    /// <exception cref="IOException">The disk is full or cannot be written.</exception>
    public RootsFolder(string parent, ILogger? logger = null)
    {
        _logger = logger ?? NullLogger.Instance;
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
                // It belongs to another user, or another process removes it at this moment.
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

    /// <returns>Where it lies from now on.</returns>
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
            // Without its lock it is nobody's, and nobody comes back to it.
            return folder;
        }
    }

    [LoggerMessage(EventIds.RootSetAside, LogLevel.Warning, "'{Place}' is left over from jobs that have ended, and cannot be removed: {Reason} It takes up space only: remove it by hand.")]
    private partial void LogStays(string place, string reason);
}
