using System.Collections.Immutable;
using IceCream.Jobs;
using IceCream.Processes;
using IceCream.Storage;

namespace IceCream.Roots;

/// <summary>
/// The part of a root that no job can write, on disk. It becomes the root of one job after the other by the difference alone. Lent to
/// one job at a time. After an exception, or with blobs missing, what lies there is nobody's, and it can only be removed.
/// </summary>
/// <param name="host">Its folder, which is made by <see cref="Apply"/>.</param>
internal sealed class RootTree(string host)
{
    private IReadOnlyDictionary<string, RootEntry> _lies = ImmutableDictionary<string, RootEntry>.Empty;

    /// <summary>The folder that holds all that belongs to the root.</summary>
    public string Host => host;

    /// <summary>The folder that becomes <c>/</c>.</summary>
    public string Root { get; } = Path.Combine(host, "root");

    /// <summary>What is private to the job that has it, and what the last job left of that.</summary>
    public string Own { get; } = Path.Combine(host, "own");

    /// <summary>The private temporary folder of the job that has it.</summary>
    public string Temporary => Path.Combine(Own, "tmp");

    /// <summary>
    /// Other names of the outputs that existed before, which the job does not see. While they have one, no new file gets the number of an old
    /// one, so the number tells whether a file was written anew or replaced.
    /// </summary>
    public string Before => Path.Combine(Own, "before");

    /// <summary>What the last job left of its output folders, by their paths.</summary>
    public Dictionary<string, LeftFolder> Left { get; } = new(StringComparer.Ordinal);

    /// <summary>How many files, links and folders lie there.</summary>
    public int Count => _lies.Count;

    /// <summary>The toolchain of the job that has or had it.</summary>
    public FileTree? Toolchain { get; private set; }

    /// <summary>The working directory of the job that has or had it.</summary>
    public string WorkingDirectory { get; private set; } = "";

    /// <summary>Removes what is not of this job, adds what it lacks, and leaves the rest as it lies.</summary>
    /// <returns>The blobs that are not in the store.</returns>
    /// <exception cref="IOException">The disk is full or cannot be written, or somebody else has changed what lies there.</exception>
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

    /// <summary>Puts things below a folder of this machine.</summary>
    /// <returns>The blobs that are not in the store.</returns>
    /// <exception cref="IOException">The disk is full or cannot be written.</exception>
    public static ImmutableArray<Digest> Place(
        IEnumerable<(string Path, RootEntry Entry)> things, string below, IBlobStore store, CancellationToken cancellationToken)
    {
        var missing = ImmutableArray.CreateBuilder<Digest>();
        bool programs = false;

        // Folders first, each after those that it lies in.
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
            // A child that is being started may hold them open for writing still, and then they cannot be executed.
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

        // Each before those that it lies in.
        folders.Sort(static (a, b) => string.CompareOrdinal(b, a));
        foreach (string folder in folders)
        {
            Directory.Delete(Root + folder);
        }
    }
}
