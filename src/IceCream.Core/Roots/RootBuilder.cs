using System.Collections.Immutable;
using IceCream.Jobs;
using IceCream.Platform;
using IceCream.Sandboxing;
using IceCream.Storage;

namespace IceCream.Roots;

/// <summary>A root, or the blobs that are missing for it.</summary>
internal readonly record struct RootBuild(JobRoot? Root, ImmutableArray<Digest> Missing);

/// <summary>Builds the roots of jobs from the blobs of a store, reusing the roots of earlier jobs where possible.</summary>
/// <param name="store">Holds the blobs.</param>
/// <param name="pool">Holds the roots.</param>
internal sealed class RootBuilder(IBlobStore store, RootPool pool)
{
    /// <summary>Builds a root.</summary>
    /// <exception cref="InvalidDataException">The trees are inconsistent, or contain paths outside the root.</exception>
    /// <exception cref="IOException">The disk is full or cannot be written.</exception>
    public RootBuild Build(RootContents contents, CancellationToken cancellationToken)
    {
        var plan = new RootPlan(contents);
        RootTree tree = pool.Take(contents);
        RootBuild build = default;
        try
        {
            return build = Build(plan, tree, contents, cancellationToken);
        }
        finally
        {
            if (build.Root is null)
            {
                // After any failure, a partial root is useless.
                pool.Discard(tree);
            }
        }
    }

    private RootBuild Build(RootPlan plan, RootTree tree, RootContents contents, CancellationToken cancellationToken)
    {
        ImmutableArray<Digest> missing = tree.Apply(plan, contents, store, cancellationToken);
        OutputFolder[] folders = [.. plan.OutputFolders.Select(path => new OutputFolder(Path.Combine(tree.Own, Path.GetRandomFileName()), path))];
        ILookup<string, (string Path, RootEntry Entry)> own = plan.Own;
        foreach (OutputFolder folder in folders)
        {
            missing = missing.AddRange(Fill(folder, tree, [.. own[folder.Path]], cancellationToken));
        }

        foreach (LeftFolder left in tree.Left.Values)
        {
            FolderRemoval.Remove(left.Host);
        }

        tree.Left.Clear();
        if (!missing.IsEmpty)
        {
            return new RootBuild(null, [.. missing.Distinct()]);
        }

        PlaceStandIns(plan.Layout, contents, folders, tree.Before);
        foreach (OutputFolder folder in folders)
        {
            NoteEmpty(folder, own[folder.Path]);
        }

        return new RootBuild(new JobRoot(pool, tree, plan.Layout, Mount(tree, plan, folders), [.. folders], Snapshot(folders), contents.Outputs), []);
    }

    /// <summary>Creates the entries of an output folder, reusing the folders that the last job left.</summary>
    private ImmutableArray<Digest> Fill(OutputFolder folder, RootTree tree, (string Path, RootEntry Entry)[] wanted, CancellationToken cancellationToken)
    {
        // The output folder itself is always new: every job changes it, so it would be unknown whether its permissions and attributes are unchanged.
        Directory.CreateDirectory(folder.Host);
        HashSet<string> folders = [.. wanted.Where(thing => thing.Entry.Kind == RootEntryKind.Folder).Select(thing => thing.Path)], lie = new(StringComparer.Ordinal);
        if (tree.Left.TryGetValue(folder.Path, out LeftFolder? left))
        {
            foreach (string path in left.Folders)
            {
                string parent = TreeLayout.ParentOf(path);
                if (folders.Contains(path) && (parent == "/" || lie.Contains(parent)))
                {
                    lie.Add(path);
                    if (parent == "/")
                    {
                        Directory.Move(left.Host + path, folder.Host + path);
                    }
                }
                else if (lie.Contains(parent))
                {
                    FolderRemoval.Remove(folder.Host + path);
                }
            }
        }

        return RootTree.Place(wanted.Where(thing => !lie.Contains(thing.Path)), folder.Host, store, cancellationToken);
    }

    private static void NoteEmpty(OutputFolder folder, IEnumerable<(string Path, RootEntry Entry)> things)
    {
        HashSet<string> holding = [.. things.Where(thing => thing.Entry.Kind != RootEntryKind.Folder).Select(thing => TreeLayout.ParentOf(thing.Path))];
        foreach ((string path, RootEntry entry) in things)
        {
            if (entry.Kind == RootEntryKind.Folder && !holding.Contains(path) && Linux.Stat(folder.Host + path, followLinks: false, out FileStatus status) == 0)
            {
                folder.Empty.Add(path, status);
            }
        }
    }

    /// <summary>Mounts output folders writable; subfolders with inputs are then mounted from the root on top of them, where the plan says so.</summary>
    private static ImmutableArray<SandboxMount> Mount(RootTree tree, RootPlan plan, OutputFolder[] folders)
    {
        Directory.CreateDirectory(tree.Temporary);
        return
        [
            // Each after those that contain it.
            .. folders.Select(folder => new SandboxMount(folder.Host, folder.Path, Writable: true))
                .Concat(plan.Shown.Select(folder => new SandboxMount(tree.Root + folder, folder, Writable: false)))
                .OrderBy(mount => mount.Target, StringComparer.Ordinal),
            new SandboxMount(tree.Temporary, RootPlan.TemporaryFolder, Writable: true),
        ];
    }

    /// <summary>
    /// Creates a file for each output that exists at the origin, so that its removal or replacement is visible. Its old mtime makes every write
    /// visible.
    /// </summary>
    private static void PlaceStandIns(TreeLayout layout, RootContents contents, OutputFolder[] folders, string before)
    {
        int number = 0;
        foreach (JobOutput output in contents.Outputs.Where(output => output.Exists))
        {
            string path = RootPlan.PlaceOf(layout, output.Path);
            if (Array.Find(folders, folder => folder.Path == TreeLayout.ParentOf(path)) is not { } outputFolder)
            {
                continue;
            }

            string host = Path.Combine(outputFolder.Host, TreeLayout.NameOf(path));
            if (Linux.Stat(host, followLinks: false, out _) == Linux.ENOENT)
            {
                File.WriteAllBytes(host, output.IsEmpty ? [] : [0]);
                Linux.SetPermissions(host, 0b110_110_110 & ~(uint)contents.Umask);
                File.SetLastWriteTimeUtc(host, DateTime.UnixEpoch);
            }

            Directory.CreateDirectory(before);
            if (Linux.Link(host, Path.Combine(before, $"{number++}")) is not 0 and int error)
            {
                throw new IOException($"An output cannot be given a second name: error {error}.");
            }
        }
    }

    private static Dictionary<string, FileStatus> Snapshot(OutputFolder[] outputFolders)
    {
        var before = new Dictionary<string, FileStatus>(StringComparer.Ordinal);
        foreach (OutputFolder folder in outputFolders)
        {
            foreach (FolderThing thing in folder.Things())
            {
                before.Add(folder.Path + thing.Way, thing.Status);
            }
        }

        return before;
    }
}
