using System.Collections.Immutable;
using IceCream.Jobs;
using IceCream.Platform;
using IceCream.Sandboxing;

namespace IceCream.Execution;

/// <summary>A folder that a compile may write in.</summary>
/// <param name="Host">Where it lies on this machine.</param>
/// <param name="Path">Where the sandbox shows it.</param>
internal sealed record OutputFolder(string Host, string Path);

/// <summary>What a job wrote.</summary>
/// <param name="Files">New and changed regular files.</param>
/// <param name="Removed">Outputs that existed before and exist no more.</param>
internal sealed record CollectedOutputs(ImmutableArray<OutputFile> Files, ImmutableArray<string> Removed);

/// <summary>One job's root on disk, until it is left or deleted: one of the two, once.</summary>
internal sealed class JobRoot
{
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

    /// <summary>What is to be shown on top of it.</summary>
    public ImmutableArray<SandboxMount> Mounts { get; }

    /// <summary>Whether a path leads to a folder, through links too.</summary>
    public bool LeadsTo(string path, string folder) => path.StartsWith('/') && _layout.Resolve(path) == folder;

    /// <summary>Reads what the compile wrote. Files keep the path under which the job announced them, others get their real one.</summary>
    /// <exception cref="IOException">An output cannot be read, or is larger than memory can hold.</exception>
    public CollectedOutputs Collect(CancellationToken cancellationToken)
    {
        ILookup<string, string> announced = _outputs.ToLookup(output => RootPlan.PlaceOf(_layout, output.Path), output => output.Path);
        var files = ImmutableArray.CreateBuilder<OutputFile>();
        var removed = _outputs.Where(output => output.Exists).ToDictionary(output => RootPlan.PlaceOf(_layout, output.Path), output => output.Path);
        foreach (OutputFolder folder in _outputFolders)
        {
            var search = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = false };
            foreach (string host in Directory.EnumerateFiles(folder.Host, "*", search))
            {
                cancellationToken.ThrowIfCancellationRequested();
                string path = TreeLayout.Join(folder.Path, host[(folder.Host.Length + 1)..]);
                removed.Remove(path);
                if (Linux.Stat(host, followLinks: false, out FileStatus status) != 0 || !status.IsRegular || !Differs(host, status))
                {
                    continue;
                }

                byte[] content = File.ReadAllBytes(host);
                foreach (string name in announced[path].DefaultIfEmpty(path))
                {
                    files.Add(new OutputFile(name, status.Permissions, content));
                }
            }
        }

        // What lies in no folder of ours (a device) was never shown, so its absence says nothing.
        IEnumerable<string> gone = removed.Where(pair => _outputFolders.Any(folder => folder.Path == TreeLayout.ParentOf(pair.Key))).Select(pair => pair.Value);
        return new CollectedOutputs(files.DrainToImmutable(), [.. gone]);
    }

    /// <summary>Removes what was the job's own, and leaves the rest for the next job. No process may be left that has seen the root.</summary>
    /// <exception cref="IOException">Something of it could not be removed; the root is then used no more.</exception>
    public void Leave()
    {
        try
        {
            FolderRemoval.Remove(_tree.Own);
        }
        catch
        {
            Delete();
            throw;
        }

        _pool.Return(_tree);
    }

    /// <summary>Removes the root.</summary>
    /// <exception cref="IOException">Something of it could not be removed.</exception>
    public void Delete() => _pool.Discard(_tree);

    private bool Differs(string host, FileStatus now) =>
        !_before.TryGetValue(host, out FileStatus before)
        || (before.Inode, before.Length, before.ModifiedSeconds, before.ModifiedNanoseconds)
            != (now.Inode, now.Length, now.ModifiedSeconds, now.ModifiedNanoseconds);
}
