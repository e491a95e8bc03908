namespace IceCream.FileSystem;

/// <summary>One job's view of files and folders, and the list of all that its result depends on. Not thread-safe.</summary>
/// <param name="memory">The memory that the visit uses.</param>
/// <param name="number">The visit's number. Every answer for this visit was obtained after its beginning, or for a visit with a higher number.</param>
internal sealed class InputVisit(InputMemory memory, long number)
{
    private readonly Dictionary<Folder, long> _folders = [];
    private readonly Dictionary<KnownFile, long> _files = [];

    public long Number => number;

    /// <summary>The folders in which names were looked up.</summary>
    public Dictionary<Folder, long>.KeyCollection Folders => _folders.Keys;

    /// <summary>The paths that were looked at, whether they exist or not.</summary>
    public Dictionary<KnownFile, long>.KeyCollection Files => _files.Keys;

    /// <summary>The folder at a path, whether it exists or not.</summary>
    /// <param name="path">Absolute.</param>
    public Folder At(string path) => memory.FolderAt(path);

    /// <summary>The current file at a path, whether it exists or not.</summary>
    /// <param name="path">Absolute.</param>
    public KnownFile File(string path)
    {
        KnownFile file = memory.FileAt(path);
        file.Look(this);
        _files.TryAdd(file, file.ChangedAt);
        return file;
    }

    /// <summary>Notes that the job depends on the names in a folder, which has been refreshed for this visit.</summary>
    public void Note(Folder folder) => _folders.TryAdd(folder, folder.ChangedAt);

    /// <summary>
    /// The number of a change up to which nothing that was looked at had changed since the visit saw it. Null when something has changed, so that the
    /// job may have seen a mix of old and new states.
    /// </summary>
    public long? Stamp()
    {
        long stamp = memory.LatestChange;
        return _folders.All(static folder => folder.Key.ChangedAt == folder.Value) && _files.All(static file => file.Key.ChangedAt == file.Value) ? stamp : null;
    }
}
