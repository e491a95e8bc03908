using System.Collections.Immutable;
using IceCream.Jobs;
using IceCream.Processes;
using IceCream.Storage;

namespace IceCream.Roots;

/// <summary>
/// The part of a root that no job can write, on disk. It is updated from one job to the next by the difference. One job at a time uses it. After an
/// exception, or with blobs missing, its contents are undefined, and it can only be removed.
/// </summary>
/// <param name="host">Its folder, which <see cref="Apply"/> creates.</param>
internal sealed class RootTree(string host)
{
    private IReadOnlyDictionary<string, RootEntry> _lies = ImmutableDictionary<string, RootEntry>.Empty;

    /// <summary>The folder with everything that belongs to the root.</summary>
    public string Host => host;

    /// <summary>The folder that becomes <c>/</c>.</summary>
    public string Root { get; } = Path.Combine(host, "root");

    /// <summary>The folder that is private to the current job, with the remains of the last job's.</summary>
    public string Own { get; } = Path.Combine(host, "own");

    /// <summary>The private temporary folder of the current job.</summary>
    public string Temporary => Path.Combine(Own, "tmp");

    /// <summary>
    /// Additional hard links to the outputs that existed before, which the job does not see. They keep the inode numbers in use, so that a new file
    /// gets another number: the number then tells whether a file was rewritten or replaced.
    /// </summary>
    public string Before => Path.Combine(Own, "before");

    /// <summary>The remains of the last job's output folders, by their paths.</summary>
    public Dictionary<string, LeftFolder> Left { get; } = new(StringComparer.Ordinal);

    /// <summary>The number of files, links and folders in it.</summary>
    public int Count => _lies.Count;

    /// <summary>The toolchain of the current or last job.</summary>
    public FileTree? Toolchain { get; private set; }

    /// <summary>The working directory of the current or last job.</summary>
    public string WorkingDirectory { get; private set; } = "";

    /// <summary>Removes the entries that this job does not have, adds those that are missing, and leaves the rest.</summary>
    /// <returns>The blobs that are not in the store.</returns>
    /// <exception cref="IOException">The disk is full or cannot be written, or somebody else has changed the contents.</exception>
    public ImmutableArray<Digest> Apply(RootPlan plan, RootContents contents, IBlobStore store, CancellationToken cancellationToken)
    {
        (Toolchain, WorkingDirectory) = (contents.Toolchain, contents.WorkingDirectory);
        RemoveAllBut(plan.Lasting);

        ImmutableArray<Digest> missing = Place(
            plan.Lasting.Where(wanted => !(_lies.TryGetValue(wanted.Key, out RootEntry lies) && lies == wanted.Value)).Select(wanted => (wanted.Key, wanted.Value)),
            Root,
            store,
            cancellationToken);
        _lies = plan.Lasting;
        return missing;
    }

    /// <summary>Creates entries below a folder of this machine.</summary>
    /// <returns>The blobs that are not in the store.</returns>
    /// <exception cref="IOException">The disk is full or cannot be written.</exception>
    public static ImmutableArray<Digest> Place(
        IEnumerable<(string Path, RootEntry Entry)> things, string below, IBlobStore store, CancellationToken cancellationToken)
    {
        var missing = ImmutableArray.CreateBuilder<Digest>();
        bool programs = false;

        // Folders come first, each after its parent.
        (string Path, RootEntry Entry)[] ordered = [.. things];
        Array.Sort(ordered, static (a, b) => a.Entry.Kind != b.Entry.Kind ? a.Entry.Kind.CompareTo(b.Entry.Kind) : string.CompareOrdinal(a.Path, b.Path));
        foreach ((string path, RootEntry entry) in ordered)
        {
            cancellationToken.ThrowIfCancellationRequested();
            programs |= entry.IsProgramOfItsOwn;
            if (!entry.TryPlace(store, below + path))
            {
                missing.Add(entry.Digest);
            }
        }

        if (programs)
        {
            // A child process that is being started may still have them open for writing, and then they cannot be executed.
            SpawnGate.AwaitSpawns();
        }

        return [.. missing.Distinct()];
    }

    private void RemoveAllBut(IReadOnlyDictionary<string, RootEntry> wanted)
    {
        var folders = new List<string>();
        foreach ((string path, RootEntry entry) in _lies)
        {
            if (wanted.TryGetValue(path, out RootEntry want) && want == entry)
            {
                continue;
            }

            if (entry.Kind == RootEntryKind.Folder)
            {
                folders.Add(path);
            }
            else
            {
                File.Delete(Root + path);
            }
        }

        // Each before its parent.
        folders.Sort(static (a, b) => string.CompareOrdinal(b, a));
        foreach (string folder in folders)
        {
            Directory.Delete(Root + folder);
        }
    }
}
