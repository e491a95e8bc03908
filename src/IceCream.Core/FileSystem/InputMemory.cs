using System.Collections.Concurrent;
using IceCream.Digests;

namespace IceCream.FileSystem;

/// <summary>
/// Remembers files and folders across jobs. A new, removed or renamed entry changes the folder's ctime; while that stays the same, the remembered
/// names are valid, so a job asks the kernel once per folder and not once per name. An answer that the kernel gave after a job began is recent enough
/// for that job, whichever job asked: so concurrent jobs share answers. Thread-safe.
/// </summary>
/// <param name="digests">The digests of files.</param>
/// <param name="reader">The directives of files.</param>
/// <param name="time">The clock of the file system's timestamps.</param>
internal sealed class InputMemory(IFileDigests digests, SourceReader reader, TimeProvider time)
{
    private const long MostNames = 1_000_000, MostFiles = 200_000;

    private ConcurrentDictionary<string, Folder> _folders = new(StringComparer.Ordinal);
    private ConcurrentDictionary<string, KnownFile> _files = new(StringComparer.Ordinal);
    private long _visit;
    private long _names;
    private long _countedFiles;
    private long _changes;

    public IFileDigests Digests => digests;

    public SourceReader Reader => reader;

    public long Latest => Volatile.Read(ref _visit);

    public long LatestChange => Volatile.Read(ref _changes);

    public DateTimeOffset Now => time.GetUtcNow();

    /// <summary>Begins a visit. Each answer that the visit gets was true at some time after this call.</summary>
    public InputVisit Begin()
    {
        if (Volatile.Read(ref _names) > MostNames)
        {
            _folders = new ConcurrentDictionary<string, Folder>(StringComparer.Ordinal);
            Volatile.Write(ref _names, 0);
        }

        if (Volatile.Read(ref _countedFiles) > MostFiles)
        {
            _files = new ConcurrentDictionary<string, KnownFile>(StringComparer.Ordinal);
            Volatile.Write(ref _countedFiles, 0);
        }

        return new InputVisit(this, Interlocked.Increment(ref _visit));
    }

    /// <summary>The folder at a path, whether it exists or not.</summary>
    /// <param name="path">Absolute.</param>
    public Folder FolderAt(string path)
    {
        ConcurrentDictionary<string, Folder> folders = _folders;
        return folders.TryGetValue(path, out Folder? known) ? known : folders.GetOrAdd(path, new Folder(this, null, path, ""));
    }

    /// <summary>The file at a path, whether it exists or not.</summary>
    /// <param name="path">Absolute.</param>
    public KnownFile FileAt(string path)
    {
        ConcurrentDictionary<string, KnownFile> files = _files;
        if (files.TryGetValue(path, out KnownFile? known))
        {
            return known;
        }

        Interlocked.Increment(ref _countedFiles);
        return files.GetOrAdd(path, new KnownFile(this, path));
    }

    /// <summary>Assigns a number to a change. It must be called after the change was seen and before it is published.</summary>
    public long CountChange() => Interlocked.Increment(ref _changes);

    public void CountName() => Interlocked.Increment(ref _names);
}
