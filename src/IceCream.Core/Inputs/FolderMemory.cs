using System.Collections.Concurrent;

namespace IceCream.Inputs;

/// <summary>
/// Remembers which names folders have and lack. What is remembered of a folder holds while its time of change does, which every new, removed
/// or renamed entry moves; so a job asks the kernel once per folder and not once per name. Thread-safe.
/// </summary>
/// <param name="time">Must be the clock of the file system.</param>
internal sealed class FolderMemory(TimeProvider time)
{
    private const long MostNames = 1_000_000;

    private ConcurrentDictionary<string, Folder> _folders = new(StringComparer.Ordinal);
    private long _visit;
    private long _names;

    /// <summary>The number of the latest visit.</summary>
    internal long Latest => Volatile.Read(ref _visit);

    internal DateTimeOffset Now => time.GetUtcNow();

    /// <summary>Begins a visit: what it is told was true at some time after this call.</summary>
    public FolderVisit Begin()
    {
        if (Volatile.Read(ref _names) > MostNames)
        {
            _folders = new ConcurrentDictionary<string, Folder>(StringComparer.Ordinal);
            Volatile.Write(ref _names, 0);
        }

        return new FolderVisit(_folders, this, Interlocked.Increment(ref _visit));
    }

    internal void CountName() => Interlocked.Increment(ref _names);
}

/// <summary>One job's look at folders.</summary>
internal readonly struct FolderVisit(ConcurrentDictionary<string, Folder> folders, FolderMemory memory, long number)
{
    public long Number => number;

    /// <summary>The folder of that name, whether it exists or not.</summary>
    /// <param name="path">Absolute.</param>
    public Folder At(string path) => folders.TryGetValue(path, out Folder? known) ? known : folders.GetOrAdd(path, new Folder(memory, null, path, ""));
}
