using System.Collections.Immutable;
using IceCream.Jobs;
using IceCream.Platform;
using IceCream.Sandboxing;
using IceCream.Storage;
using IceCream.Wire;

namespace IceCream.Roots;

/// <summary>The outputs of a job.</summary>
/// <param name="Files">The outputs that are new or changed.</param>
/// <param name="Removed">Outputs that existed before and no longer exist.</param>
/// <param name="Unannounced">The path of another file that it created; null when there is none.</param>
/// <param name="Lost">The path of another file that it was given and removed; null when there is none.</param>
internal sealed record CollectedOutputs(ImmutableArray<OutputFile> Files, ImmutableArray<string> Removed, string? Unannounced, string? Lost);

/// <summary>One job's sandbox root on disk. Its user must call either <see cref="Leave"/> or <see cref="Delete"/>, once.</summary>
internal sealed class JobRoot
{
    private const int AllPermissions = 0x1FF;

    /// <summary>The most outputs. Each is open, or in memory, until it has been sent; no compiler command announces that many.</summary>
    private const int MostOutputs = 64;

    private readonly RootPool _pool;
    private readonly RootTree _tree;
    private readonly TreeLayout _layout;
    private readonly ImmutableArray<OutputFolder> _outputFolders;
    private readonly Dictionary<string, FileStatus> _before;
    private readonly ImmutableArray<JobOutput> _outputs;

    internal JobRoot(
        RootPool pool,
        RootTree tree,
        TreeLayout layout,
        ImmutableArray<SandboxMount> mounts,
        ImmutableArray<OutputFolder> outputFolders,
        Dictionary<string, FileStatus> before,
        ImmutableArray<JobOutput> outputs)
    {
        _pool = pool;
        _tree = tree;
        _layout = layout;
        _outputFolders = outputFolders;
        _before = before;
        _outputs = outputs;
        Mounts = mounts;
    }

    /// <summary>The folder that becomes <c>/</c>.</summary>
    public string Root => _tree.Root;

    /// <summary>The mounts on top of the root.</summary>
    public ImmutableArray<SandboxMount> Mounts { get; }

    /// <summary>The paths in the root, without the outputs.</summary>
    public TreeLayout Layout => _layout;

    /// <summary>The folders that the job can write in, as the sandbox shows them.</summary>
    public IEnumerable<string> OutputFolders => _outputFolders.Select(static folder => folder.Path);

    /// <summary>Whether a path leads to a folder, also through links.</summary>
    public bool LeadsTo(string path, string folder) => path.StartsWith('/') && _layout.Resolve(path) == folder;

    /// <summary>
    /// Collects the outputs of the compile, under the paths under which the job announced them. Any other file that it created would be missing at
    /// the origin, and any other file that it removed would remain there, so one of each is reported.
    /// </summary>
    /// <param name="cancellationToken">Cancels the collection.</param>
    /// <exception cref="InvalidDataException">The outputs exceed what may be sent: the message says what.</exception>
    /// <exception cref="IOException">An output cannot be read.</exception>
    public CollectedOutputs Collect(CancellationToken cancellationToken)
    {
        ILookup<string, string> announced = _outputs.ToLookup(output => RootPlan.PlaceOf(_layout, output.Path), output => output.Path);
        var removed = _outputs.Where(output => output.Exists).DistinctBy(output => RootPlan.PlaceOf(_layout, output.Path))
            .ToDictionary(output => RootPlan.PlaceOf(_layout, output.Path), output => output.Path);
        var written = new List<(OutputFolder Folder, FolderThing Thing)>();
        HashSet<string> lost = [.. _before.Keys];
        string? unannounced = null;
        foreach (OutputFolder folder in _outputFolders)
        {
            foreach (FolderThing thing in folder.Things())
            {
                cancellationToken.ThrowIfCancellationRequested();
                string path = folder.Path + thing.Way;
                removed.Remove(path);
                lost.Remove(path);
                if (!Differs(path, thing.Status))
                {
                    continue;
                }

                if (thing.Status.IsRegular && announced.Contains(path))
                {
                    written.Add((folder, thing));
                }
                else
                {
                    unannounced ??= path;
                }
            }
        }

        // An output outside of the output folders, such as a device, was not created for the job: its absence says nothing.
        IEnumerable<string> gone = removed.Where(pair => _outputFolders.Any(folder => folder.Path == TreeLayout.ParentOf(pair.Key))).Select(pair => pair.Value);
        lost.ExceptWith(announced.Select(static names => names.Key));
        return new CollectedOutputs([.. Take(written, announced)], [.. gone], unannounced, lost.Min(StringComparer.Ordinal));
    }

    /// <summary>
    /// Removes everything that belongs to the job, except empty folders that it did not touch, and returns the root to the pool. No process that has
    /// seen the root may be running any more, unless the folders are not kept: one that runs on may have them open, and the rest of the root is read-only.
    /// </summary>
    /// <param name="keepsFolders">Whether the empty folders are kept for the next job.</param>
    /// <exception cref="IOException">Something could not be removed; the root is then discarded.</exception>
    public void Leave(bool keepsFolders = true)
    {
        try
        {
            foreach (OutputFolder folder in _outputFolders)
            {
                if (keepsFolders && folder.Clear() is { Count: > 0 } left)
                {
                    _tree.Left.Add(folder.Path, new LeftFolder(folder.Host, left));
                }
            }

            FolderRemoval.Remove(_tree.Before);
            FolderRemoval.Remove(_tree.Left.Count == 0 ? _tree.Own : _tree.Temporary);
        }
        catch
        {
            Delete();
            throw;
        }

        _pool.Return(_tree);
    }

    /// <summary>Removes the root.</summary>
    /// <exception cref="IOException">Something could not be removed.</exception>
    public void Delete() => _pool.Discard(_tree);

    /// <summary>Opens the outputs, and checks the size limit before any content is read.</summary>
    private List<OutputFile> Take(List<(OutputFolder Folder, FolderThing Thing)> written, ILookup<string, string> announced)
    {
        var files = new List<OutputFile>();
        try
        {
            long length = 0;
            foreach ((OutputFolder folder, FolderThing thing) in written)
            {
                string path = folder.Path + thing.Way;
                bool rewritten = _before.TryGetValue(path, out FileStatus before) && before.Inode == thing.Status.Inode;
                foreach (string name in announced[path].Distinct(StringComparer.Ordinal))
                {
                    if (files.Count == MostOutputs)
                    {
                        throw new InvalidDataException($"The compile wrote more than {MostOutputs} outputs.");
                    }

                    OutputContent content = FileContent.Of(folder.Open(thing.Way), WireLimits.Outputs - length);
                    length += content.Length;
                    files.Add(new OutputFile(name, thing.Status.Permissions & AllPermissions, content, rewritten));
                }
            }

            return files;
        }
        catch
        {
            files.ForEach(static file => file.Content.Dispose());
            throw;
        }
    }

    private bool Differs(string path, FileStatus now) =>
        !_before.TryGetValue(path, out FileStatus before)
        || (before.Inode, before.Length, before.ModifiedSeconds, before.ModifiedNanoseconds)
            != (now.Inode, now.Length, now.ModifiedSeconds, now.ModifiedNanoseconds);
}
