using System.Collections.Immutable;
using IceCream.Jobs;
using IceCream.Platform;
using IceCream.Sandboxing;
using IceCream.Storage;

namespace IceCream.Execution;

/// <summary>What a job's root is made of.</summary>
/// <param name="Toolchain">The compiler.</param>
/// <param name="Inputs">What it reads.</param>
/// <param name="Outputs">What it may write.</param>
/// <param name="WorkingDirectory">Where it runs.</param>
/// <param name="Umask">The mask for files that stand for outputs which exist already.</param>
internal sealed record RootContents(FileTree Toolchain, FileTree Inputs, ImmutableArray<JobOutput> Outputs, string WorkingDirectory, int Umask);

/// <summary>A root, or the blobs that it lacks.</summary>
internal readonly record struct RootBuild(JobRoot? Root, ImmutableArray<Digest> Missing);

/// <summary>Builds the roots of jobs from the blobs of a store.</summary>
/// <param name="store">Holds the blobs.</param>
/// <param name="folder">Where the roots are built, best on the store's own file system, for then files are linked.</param>
internal sealed class RootBuilder(IBlobStore store, string folder)
{
    /// <summary>Where a job finds its private temporary folder: not in <c>/tmp</c>, for sources may lie there.</summary>
    public const string TemporaryFolder = "/.icecream-tmp";

    private const uint Executable = 0b101_101_101, ReadOnly = 0b100_100_100, Rewritable = 0b110_100_100;

    /// <summary>Builds a root.</summary>
    /// <exception cref="InvalidDataException">The trees contradict one another, or reach outside.</exception>
    /// <exception cref="IOException">The disk is full or cannot be written.</exception>
    public RootBuild Build(RootContents contents, CancellationToken cancellationToken)
    {
        var layout = new TreeLayout(contents.Toolchain, contents.Inputs);
        layout.AddFolder(contents.WorkingDirectory);
        layout.AddFolder(TemporaryFolder);
        layout.AddFolder("/proc");
        layout.AddFolder("/dev");
        ImmutableArray<string> outputPaths = FindOutputFolders(layout, contents.Outputs);

        string host = Path.Combine(folder, Path.GetRandomFileName());
        Directory.CreateDirectory(host);
        try
        {
            return Fill(host, layout, contents, outputPaths, cancellationToken);
        }
        catch
        {
            // Whatever went wrong, half a root is of no use to anybody.
            Directory.Delete(host, recursive: true);
            throw;
        }
    }

    /// <summary>The real path of a file that the compiler opens under some path: links among its folders followed, not itself.</summary>
    internal static string PlaceOf(TreeLayout layout, string path)
    {
        int slash = path.LastIndexOf('/');
        string name = path[(slash + 1)..];
        return slash >= 0 && name is not ("" or "." or "..")
            ? TreeLayout.Join(layout.Resolve(path[..(slash + 1)]), name)
            : throw new InvalidDataException($"'{path}' names no file.");
    }

    private static ImmutableArray<string> FindOutputFolders(TreeLayout layout, ImmutableArray<JobOutput> outputs)
    {
        var found = new SortedSet<string>(StringComparer.Ordinal);
        foreach (JobOutput output in outputs)
        {
            string parent = TreeLayout.ParentOf(PlaceOf(layout, output.Path));
            if (parent == "/dev")
            {
                // -o /dev/null: the device of the sandbox takes it.
                continue;
            }

            if (parent is "/" or "/proc" or TemporaryFolder || IsWithin(parent, "/dev") || IsWithin(parent, "/proc"))
            {
                throw new InvalidDataException($"No job may write in {parent}.");
            }

            layout.AddFolder(parent);
            found.Add(parent);
        }

        return [.. found];
    }

    private static bool IsWithin(string path, string folder) => path.StartsWith(folder + "/", StringComparison.Ordinal);

    private RootBuild Fill(
        string host, TreeLayout layout, RootContents contents, ImmutableArray<string> outputPaths, CancellationToken cancellationToken)
    {
        string root = JobRoot.RootIn(host);
        foreach (string path in layout.Folders)
        {
            Directory.CreateDirectory(root + path);
        }

        Dictionary<string, OutputFolder> outputFolders = outputPaths
            .Select((path, i) => new OutputFolder(Path.Combine(host, $"out{i}"), path))
            .ToDictionary(output => output.Path, StringComparer.Ordinal);
        ImmutableArray<SandboxMount> mounts = Mount(host, root, layout, outputPaths, outputFolders);

        ImmutableArray<Digest> missing = PlaceFiles(root, layout, contents, outputFolders, cancellationToken);
        if (!missing.IsEmpty)
        {
            Directory.Delete(host, recursive: true);
            return new RootBuild(null, missing);
        }

        foreach ((string path, string target) in layout.Links)
        {
            File.CreateSymbolicLink(HostOf(root, path, outputFolders), target);
        }

        PlaceStandIns(layout, contents, outputFolders);
        return new RootBuild(
            new JobRoot(host, layout, mounts, [.. outputFolders.Values], Snapshot(outputFolders.Values), contents.Outputs), []);
    }

    /// <summary>An output folder is shown writable; its sub-folders are then shown again from the root, for they are no output folders.</summary>
    private static ImmutableArray<SandboxMount> Mount(
        string host, string root, TreeLayout layout, ImmutableArray<string> outputPaths, Dictionary<string, OutputFolder> outputFolders)
    {
        ILookup<string, string> children = layout.Folders.Where(path => path != "/").ToLookup(TreeLayout.ParentOf, StringComparer.Ordinal);
        var mounts = ImmutableArray.CreateBuilder<SandboxMount>();
        foreach (string path in outputPaths)
        {
            string source = outputFolders[path].Host;
            Directory.CreateDirectory(source);
            mounts.Add(new SandboxMount(source, path, Writable: true));
            foreach (string child in children[path])
            {
                Directory.CreateDirectory(Path.Combine(source, TreeLayout.NameOf(child)));
                mounts.Add(new SandboxMount(root + child, child, Writable: false));
            }
        }

        string temporary = Path.Combine(host, "tmp");
        Directory.CreateDirectory(temporary);
        mounts.Add(new SandboxMount(temporary, TemporaryFolder, Writable: true));
        return mounts.DrainToImmutable();
    }

    private ImmutableArray<Digest> PlaceFiles(
        string root, TreeLayout layout, RootContents contents, Dictionary<string, OutputFolder> outputFolders, CancellationToken cancellationToken)
    {
        HashSet<Digest> once = [], several = [];
        foreach (TreeFile file in layout.Files)
        {
            if (!once.Add(file.Digest))
            {
                several.Add(file.Digest);
            }
        }

        HashSet<string> tools = contents.Toolchain.Files.Select(file => file.Path).ToHashSet(StringComparer.Ordinal);
        var rewritten = contents.Outputs.Select(output => PlaceOf(layout, output.Path)).ToHashSet(StringComparer.Ordinal);
        var missing = ImmutableArray.CreateBuilder<Digest>();
        bool copiedTools = false;
        foreach (TreeFile file in layout.Files)
        {
            cancellationToken.ThrowIfCancellationRequested();
            string host = HostOf(root, file.Path, outputFolders);
            bool writable = outputFolders.ContainsKey(TreeLayout.ParentOf(file.Path));

            // Compilers tell files with the same bytes apart by inode and time, so these need an inode and a time of their own. And what
            // lies where the job can write must never be the store's own file.
            if (!writable && !several.Contains(file.Digest))
            {
                if (!store.TryLink(file.Digest, host))
                {
                    missing.Add(file.Digest);
                }
            }
            else if (store.TryCopy(file.Digest, host))
            {
                File.SetLastWriteTimeUtc(host, DateTime.UnixEpoch.AddSeconds(file.Modified));
                bool isTool = tools.Contains(file.Path);
                copiedTools |= isTool;
                Linux.SetPermissions(host, isTool ? Executable : rewritten.Contains(file.Path) ? Rewritable : ReadOnly);
            }
            else
            {
                missing.Add(file.Digest);
            }
        }

        if (copiedTools)
        {
            SpawnGate.AwaitSpawns();
        }

        return [.. missing.Distinct()];
    }

    /// <summary>Outputs that exist at home get an empty file, so that their removal can be seen. Its old time shows every write.</summary>
    private static void PlaceStandIns(TreeLayout layout, RootContents contents, Dictionary<string, OutputFolder> outputFolders)
    {
        foreach (JobOutput output in contents.Outputs.Where(output => output.Exists))
        {
            string path = PlaceOf(layout, output.Path);
            if (outputFolders.TryGetValue(TreeLayout.ParentOf(path), out OutputFolder? outputFolder))
            {
                string host = Path.Combine(outputFolder.Host, TreeLayout.NameOf(path));
                if (Linux.Stat(host, followLinks: false, out _) == Linux.ENOENT)
                {
                    File.WriteAllBytes(host, []);
                    Linux.SetPermissions(host, 0b110_110_110 & ~(uint)contents.Umask);
                    File.SetLastWriteTimeUtc(host, DateTime.UnixEpoch);
                }
            }
        }
    }

    private static Dictionary<string, FileStatus> Snapshot(IEnumerable<OutputFolder> outputFolders)
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

    private static string HostOf(string root, string path, Dictionary<string, OutputFolder> outputFolders) =>
        outputFolders.TryGetValue(TreeLayout.ParentOf(path), out OutputFolder? output)
            ? Path.Combine(output.Host, TreeLayout.NameOf(path))
            : root + path;
}
