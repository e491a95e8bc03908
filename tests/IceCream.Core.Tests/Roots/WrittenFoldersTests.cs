using FsCheck;
using FsCheck.Fluent;
using IceCream.Jobs;
using IceCream.Platform;
using IceCream.Roots;
using IceCream.Sandboxing;
using IceCream.Storage;
using Xunit;

namespace IceCream.Tests.Roots;

/// <summary>What lies below the folders that a job writes in: nobody but the clock can tell whether it is shown or made.</summary>
public sealed class WrittenFoldersTests : IDisposable
{
    /// <summary>Those of a folder that nobody gave others.</summary>
    private static readonly int Usual = UsualRights();

    private readonly string _folder = Directory.CreateTempSubdirectory("icecream-test-").FullName;
    private readonly DiskBlobStore _store;
    private readonly RandomRoots _roots;
    private readonly RootBuilder _builder;

    public WrittenFoldersTests()
    {
        _store = new DiskBlobStore(Path.Combine(_folder, "store"), new DiskBlobStoreOptions());
        _roots = new RandomRoots(_store);
        _builder = new RootBuilder(_store, new RootPool(Path.Combine(_folder, "roots"), keep: 1));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Folders_below_the_output_folder_cost_no_mount_each()
    {
        FileTree some = _roots.Tree(new Random(1), "");
        var inputs = new FileTree
        {
            Files = [.. Enumerable.Range(0, 300).Select(i => some.Files[i % some.Files.Length] with { Path = $"/work/full{i}/a.h" })],
            Directories = [.. Enumerable.Range(0, 1000).Select(i => $"/work/empty{i}")],
        };

        JobRoot root = _builder.Build(new RootContents(FileTree.Empty, inputs, [new JobOutput("/work/a.o", false)], "/work", 0), default).Root!;

        // The output folder, the private temporary folder, and those that are shown.
        Assert.Equal(2 + WrittenFolders.MostShown, root.Mounts.Length);
        string written = Assert.Single(root.Mounts, mount => mount.Target == "/work").Source;
        Assert.Equal(1300, Directory.GetDirectories(written).Length);
        Assert.Equal(300 - WrittenFolders.MostShown, Directory.GetFiles(written, "*", SearchOption.AllDirectories).Length);
    }

    [Fact]
    public void Empty_folders_that_a_job_did_not_touch_are_left_for_the_next()
    {
        var inputs = new FileTree { Directories = ["/work/a/deep", "/work/b/deep", "/work/c", "/work/d"] };
        var job = new RootContents(FileTree.Empty, inputs, [new JobOutput("/work/a.o", false)], "/work", 0);
        JobRoot first = _builder.Build(job, default).Root!;
        string written = Assert.Single(first.Mounts, mount => mount.Target == "/work").Source;
        Dictionary<string, ulong> made = Inodes(written);
        File.WriteAllText(written + "/a.o", "");
        File.WriteAllText(written + "/b/deep/of the job", "");
        File.SetUnixFileMode(written + "/c", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        first.Leave();

        Assert.Equal(["/a", "/a/deep", "/d"], Inodes(written).Keys.Intersect(["/a", "/a/deep", "/c", "/d"]).Order(StringComparer.Ordinal));
        Assert.Empty(Directory.GetFiles(written, "*", SearchOption.AllDirectories));

        JobRoot second = _builder.Build(job, default).Root!;
        written = Assert.Single(second.Mounts, mount => mount.Target == "/work").Source;
        Dictionary<string, ulong> anew = Inodes(written);
        Assert.Equal(made.Keys.Order(StringComparer.Ordinal), anew.Keys.Order(StringComparer.Ordinal));
        Assert.All(["/a", "/a/deep", "/d"], folder => Assert.Equal(made[folder], anew[folder]));
        second.Leave();

        // What no job wants any more goes with the next that comes.
        JobRoot other = _builder.Build(job with { Outputs = [new JobOutput("/elsewhere/a.o", false)] }, default).Root!;
        Assert.False(Directory.Exists(written));
        other.Leave();
    }

    [Fact]
    public void A_folder_that_a_process_which_runs_on_may_have_open_is_not_left_for_the_next()
    {
        var inputs = new FileTree { Directories = ["/work/a/deep", "/work/b"] };
        var job = new RootContents(FileTree.Empty, inputs, [new JobOutput("/work/a.o", false)], "/work", 0);
        JobRoot first = _builder.Build(job, default).Root!;
        string written = Assert.Single(first.Mounts, mount => mount.Target == "/work").Source, root = first.Root;
        first.Leave(keepsFolders: false);
        Assert.False(Directory.Exists(written));

        // The rest of the root is, and has all that the job wants.
        JobRoot second = _builder.Build(job, default).Root!;
        Assert.Equal(root, second.Root);
        written = Assert.Single(second.Mounts, mount => mount.Target == "/work").Source;
        Assert.Equal(["/a", "/a/deep", "/b"], Inodes(written).Keys.Order(StringComparer.Ordinal));
        second.Leave();
    }

    private static Dictionary<string, ulong> Inodes(string folder) => Directory.GetDirectories(folder, "*", SearchOption.AllDirectories).ToDictionary(
        path => path[folder.Length..], path => Linux.Stat(path, followLinks: false, out FileStatus status) == 0 ? status.Inode : 0);

    [Fact]
    public void The_folders_that_hold_most_are_shown()
    {
        FileTree some = _roots.Tree(new Random(1), "");
        var inputs = new FileTree
        {
            Files = [.. Enumerable.Range(0, 40).SelectMany(i => Enumerable.Range(0, 1 + i).Select(file => some.Files[file % some.Files.Length] with { Path = $"/work/{i:00}/deep/{file}.h" }))],
        };

        JobRoot root = _builder.Build(new RootContents(FileTree.Empty, inputs, [new JobOutput("/work/a.o", false)], "/work", 0), default).Root!;

        Assert.Equal(
            Enumerable.Range(40 - WrittenFolders.MostShown, WrittenFolders.MostShown).Select(i => $"/work/{i:00}"),
            root.Mounts.Where(mount => !mount.Writable).Select(mount => mount.Target).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_job_sees_what_its_trees_hold_and_what_it_writes_is_collected() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(Cases.Or(50)), Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), SeesAndWrites));

    /// <summary>One builder for all jobs, so that each root but the first was another job's, or one of the same job, which left folders.</summary>
    private void SeesAndWrites(int seed)
    {
        var random = new Random(seed);
        FileTree toolchain = _roots.Tree(random, "/tool"), some = _roots.Tree(random, "");
        RootContents first = _roots.Job(random, toolchain);
        foreach (RootContents job in (RootContents[])[first, first, first with { Inputs = some }, first])
        {
            JobRoot root;
            try
            {
                root = Assert.IsType<JobRoot>(_builder.Build(job, default).Root);
            }
            catch (InvalidDataException)
            {
                // An output folder that is a file of this tree.
                continue;
            }

            SeesAndWrites(random, job, root);
            root.Leave();
        }
    }

    private static void SeesAndWrites(Random random, RootContents job, JobRoot root)
    {
        int outputFolders = new RootPlan(job).OutputFolders.Length;
        Assert.InRange(root.Mounts.Length, outputFolders + 1, outputFolders + 1 + WrittenFolders.MostShown);
        Assert.Equal(Expected(job).Order(StringComparer.Ordinal), Look(root, "/", [.. StandIns(job)]).Order(StringComparer.Ordinal));
        CollectedOutputs nothing = root.Collect(default);
        Assert.Empty(nothing.Files);
        Assert.Empty(nothing.Removed);

        // Under the names by which the job announced them; anything else is named.
        TreeLayout layout = new RootPlan(job).Layout;
        ILookup<string, string> announced = job.Outputs.ToLookup(output => RootPlan.PlaceOf(layout, output.Path), output => output.Path);
        string[] written = [.. Write(random, root, "/")];
        string[] travels = [.. written.SelectMany(path => announced[path]).Distinct().Order(StringComparer.Ordinal)];
        CollectedOutputs taken = root.Collect(default);
        Assert.Equal(travels, taken.Files.Select(file => file.Path).Order(StringComparer.Ordinal));
        Assert.Equal(written.All(announced.Contains), taken.Unannounced is null);
    }

    private static IEnumerable<string> Expected(RootContents job)
    {
        TreeLayout layout = new RootPlan(job).Layout;
        HashSet<string> files = [.. layout.Files.Select(file => file.Path)];
        return layout.Folders.Where(folder => folder != "/").Select(folder => folder + " is a folder")
            .Concat(layout.Links.Select(link => $"{link.Key} leads to {link.Value}"))
            .Concat(layout.Files.Select(file => $"{file.Path} is {file.Digest}"))
            .Concat(StandIns(job).Where(path => !files.Contains(path)).Select(path => $"{path} is {Digest.Of([0])}"));
    }

    private static IEnumerable<string> StandIns(RootContents job)
    {
        TreeLayout layout = new RootPlan(job).Layout;
        return job.Outputs.Where(static output => output.Exists).Select(output => RootPlan.PlaceOf(layout, output.Path)).Distinct();
    }

    /// <summary>What the sandbox shows below a folder, and that nothing of the store can be written.</summary>
    private static IEnumerable<string> Look(JobRoot root, string folder, HashSet<string> standIns)
    {
        foreach (FileSystemInfo seen in new DirectoryInfo(MountOf(root, folder).Host).EnumerateFileSystemInfos())
        {
            string path = TreeLayout.Join(folder, seen.Name);
            (string host, bool writable) = MountOf(root, path);
            Assert.Equal(0, Linux.Stat(host, followLinks: false, out FileStatus status));
            Assert.True(!status.IsDirectory || status.Permissions == Usual, $"{path} has the rights {Convert.ToString(status.Permissions, 8)}");
            Assert.False(writable && status is { IsRegular: true, Links: > 1 } && !standIns.Contains(path), path);
            yield return status.IsLink ? $"{path} leads to {new FileInfo(host).LinkTarget}"
                : status.IsDirectory ? $"{path} is a folder"
                : $"{path} is {Digest.Of(File.ReadAllBytes(host))}";
            foreach (string below in status.IsDirectory ? Look(root, path, standIns) : [])
            {
                yield return below;
            }
        }
    }

    /// <summary>Does what a compile may do: makes files in the folders that can be written, and makes others anew.</summary>
    private static IEnumerable<string> Write(Random random, JobRoot root, string folder)
    {
        (string host, bool writable) = MountOf(root, folder);
        FileSystemInfo[] there = new DirectoryInfo(host).GetFileSystemInfos();
        if (writable && folder != RootPlan.TemporaryFolder && random.Next(3) == 0)
        {
            File.WriteAllText(host + "/made", "");
            yield return folder + "/made";
        }

        foreach (FileSystemInfo seen in there)
        {
            string path = TreeLayout.Join(folder, seen.Name);
            Assert.Equal(0, Linux.Stat(seen.FullName, followLinks: false, out FileStatus status));
            if (status.IsDirectory)
            {
                if (MountOf(root, path) is (string seenAs, true) && random.Next(8) == 0)
                {
                    File.SetUnixFileMode(seenAs, (UnixFileMode)0b111_000_101);
                }

                foreach (string below in Write(random, root, path))
                {
                    yield return below;
                }
            }
            else if (writable && status.IsRegular && random.Next(3) == 0)
            {
                File.Delete(seen.FullName);
                File.WriteAllText(seen.FullName, "anew");
                yield return path;
            }
        }
    }

    /// <summary>Where on this machine a path of the sandbox lies: the last mount that covers it holds.</summary>
    private static (string Host, bool Writable) MountOf(JobRoot root, string path)
    {
        SandboxMount mount = root.Mounts.LastOrDefault(
            mount => path == mount.Target || path.StartsWith(mount.Target + "/", StringComparison.Ordinal), new SandboxMount(root.Root, "", Writable: false));
        return (mount.Source + path[mount.Target.Length..], mount.Writable);
    }

    private static int UsualRights()
    {
        string parent = Directory.CreateTempSubdirectory("icecream-test-").FullName, folder = Path.Combine(parent, "usual");
        Directory.CreateDirectory(folder);
        Assert.Equal(0, Linux.Stat(folder, followLinks: false, out FileStatus status));
        Directory.Delete(parent, recursive: true);
        return status.Permissions;
    }
}
