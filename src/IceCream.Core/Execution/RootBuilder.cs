using System.Collections.Immutable;
using IceCream.Jobs;
using IceCream.Platform;
using IceCream.Sandboxing;
using IceCream.Storage;

namespace IceCream.Execution;

/// <summary>A root, or the blobs that it lacks.</summary>
internal readonly record struct RootBuild(JobRoot? Root, ImmutableArray<Digest> Missing);

/// <summary>Builds the roots of jobs from the blobs of a store, out of what earlier jobs left where there is such a root.</summary>
/// <param name="store">Holds the blobs.</param>
/// <param name="pool">Holds the roots.</param>
internal sealed class RootBuilder(IBlobStore store, RootPool pool)
{
    /// <summary>Builds a root.</summary>
    /// <exception cref="InvalidDataException">The trees contradict one another, or reach outside.</exception>
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
                // Whatever went wrong, half a root is of no use to anybody.
                pool.Discard(tree);
            }
        }
    }

    private RootBuild Build(RootPlan plan, RootTree tree, RootContents contents, CancellationToken cancellationToken)
    {
        ImmutableArray<Digest> missing = tree.Become(plan, contents, store, cancellationToken);
        OutputFolder[] folders = [.. plan.OutputFolders.Select((path, i) => new OutputFolder(Path.Combine(tree.Own, $"out{i}"), path))];
        ImmutableArray<SandboxMount> mounts = Mount(tree, plan, folders);
        foreach (OutputFolder folder in folders)
        {
            missing = missing.AddRange(RootTree.Place(ContentOf(folder, plan), folder.Host, store, cancellationToken));
        }

        if (!missing.IsEmpty)
        {
            return new RootBuild(null, [.. missing.Distinct()]);
        }

        PlaceStandIns(plan.Layout, contents, folders);
        return new RootBuild(new JobRoot(pool, tree, plan.Layout, mounts, [.. folders], Snapshot(folders), contents.Outputs), []);
    }

    private static IEnumerable<(string Name, RootEntry Entry)> ContentOf(OutputFolder folder, RootPlan plan) => plan.Own
        .Where(own => TreeLayout.ParentOf(own.Key) == folder.Path)
        .Select(own => ("/" + TreeLayout.NameOf(own.Key), own.Value));

    /// <summary>An output folder is shown writable; its sub-folders are then shown again from the root, for they are no output folders.</summary>
    private static ImmutableArray<SandboxMount> Mount(RootTree tree, RootPlan plan, OutputFolder[] folders)
    {
        ILookup<string, string> children = plan.Layout.Folders
            .Where(path => path != "/" && plan.OutputFolders.Contains(TreeLayout.ParentOf(path)))
            .ToLookup(TreeLayout.ParentOf, StringComparer.Ordinal);
        var mounts = ImmutableArray.CreateBuilder<SandboxMount>();
        foreach (OutputFolder folder in folders)
        {
            Directory.CreateDirectory(folder.Host);
            mounts.Add(new SandboxMount(folder.Host, folder.Path, Writable: true));
            foreach (string child in children[folder.Path])
            {
                Directory.CreateDirectory(Path.Combine(folder.Host, TreeLayout.NameOf(child)));
                mounts.Add(new SandboxMount(tree.Root + child, child, Writable: false));
            }
        }

        string temporary = Path.Combine(tree.Own, "tmp");
        Directory.CreateDirectory(temporary);
        mounts.Add(new SandboxMount(temporary, RootPlan.TemporaryFolder, Writable: true));
        return mounts.DrainToImmutable();
    }

    /// <summary>Outputs that exist at home get an empty file, so that their removal can be seen. Its old time shows every write.</summary>
    private static void PlaceStandIns(TreeLayout layout, RootContents contents, OutputFolder[] folders)
    {
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
                File.WriteAllBytes(host, []);
                Linux.SetPermissions(host, 0b110_110_110 & ~(uint)contents.Umask);
                File.SetLastWriteTimeUtc(host, DateTime.UnixEpoch);
            }
        }
    }

    private static Dictionary<string, FileStatus> Snapshot(OutputFolder[] outputFolders)
    {
        var before = new Dictionary<string, FileStatus>(StringComparer.Ordinal);
        foreach (string path in outputFolders.SelectMany(output => Directory.EnumerateFiles(output.Host)))
        {
            if (Linux.Stat(path, followLinks: false, out FileStatus status) == 0)
            {
                before.Add(path, status);
            }
        }

        return before;
    }
}
