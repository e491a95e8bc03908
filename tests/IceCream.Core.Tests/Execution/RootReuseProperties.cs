using FsCheck;
using FsCheck.Xunit;
using IceCream.Execution;
using IceCream.Jobs;
using IceCream.Platform;
using IceCream.Storage;
using IceCream.Tests.Storage;
using Xunit;

namespace IceCream.Tests.Execution;

/// <summary>A root that many jobs had, against one that was built for the last of them alone.</summary>
public sealed class RootReuseProperties : IDisposable
{
    private static readonly string[] Contents = ["", "one", "two", "three", "four", "five", "six", "seven"];
    private static readonly string[] Targets = ["a", "../b", "/c/a", "nowhere"];

    private readonly string _folder = Directory.CreateTempSubdirectory("icecream-test-").FullName;
    private readonly DiskBlobStore _store;
    private readonly Digest[] _blobs;
    private readonly HashSet<ulong> _inodes = [];

    public RootReuseProperties()
    {
        _store = new DiskBlobStore(Path.Combine(_folder, "store"), new DiskBlobStoreOptions());
        _blobs = [.. Contents.Select(content => StorageFolder.Put(_store, StorageFolder.Bytes(content)))];
        foreach (string blob in Directory.GetFiles(Path.Combine(_folder, "store"), "*", SearchOption.AllDirectories))
        {
            Assert.Equal(0, Linux.Stat(blob, followLinks: false, out FileStatus status));
            _inodes.Add(status.Inode);
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Property(MaxTest = 25, EndSize = 10)]
    public void A_reused_root_is_the_root_built_afresh(NonEmptyArray<int> seeds)
    {
        string folder = Path.Combine(_folder, Path.GetRandomFileName());
        var reusing = new RootBuilder(_store, new RootPool(Path.Combine(folder, "reused"), keep: 1));
        var fresh = new RootBuilder(_store, new RootPool(Path.Combine(folder, "fresh"), keep: 0));
        FileTree[] toolchains = [Tree(new Random(seeds.Get[0]), "/tool"), Tree(new Random(~seeds.Get[0]), "/tool")];
        foreach (int seed in seeds.Get)
        {
            var random = new Random(seed);
            var job = new RootContents(
                toolchains[random.Next(2)], Tree(random, ""), [.. Outputs(random)], random.Next(2) == 0 ? "/work" : "/work/deeper", 0b010_010);

            JobRoot one, other;
            try
            {
                one = Assert.IsType<JobRoot>(reusing.Build(job, default).Root);
            }
            catch (InvalidDataException)
            {
                // An output folder that is a file of this tree: no root, reused or fresh.
                Assert.Throws<InvalidDataException>(() => fresh.Build(job, default));
                continue;
            }

            other = Assert.IsType<JobRoot>(fresh.Build(job, default).Root);
            Assert.Equal(Look(other), Look(one));
            Assert.Equal(other.Mounts.Select(mount => (mount.Target, mount.Writable)), one.Mounts.Select(mount => (mount.Target, mount.Writable)));
            Array.ForEach([one, other], static root => root.Leave());
        }

        Assert.False(Directory.Exists(Path.Combine(folder, "fresh")) && Directory.EnumerateDirectories(Path.Combine(folder, "fresh")).Any());
    }

    /// <summary>Everything that a compile could see: the root, and what is shown on top of it.</summary>
    private IEnumerable<string> Look(JobRoot root) => Look(root.Root, "").Concat(
        root.Mounts.Where(mount => mount.Writable).SelectMany(mount => Look(mount.Source, mount.Target + ":")));

    private IEnumerable<string> Look(string folder, string path)
    {
        foreach (FileSystemInfo info in new DirectoryInfo(folder).EnumerateFileSystemInfos().OrderBy(info => info.Name, StringComparer.Ordinal))
        {
            string inner = $"{path}/{info.Name}";
            Assert.Equal(0, Linux.Stat(info.FullName, followLinks: false, out FileStatus status));
            yield return status.IsLink ? $"{inner} leads to {info.LinkTarget}"
                : status.IsDirectory ? $"{inner} is a folder"
                : $"{inner} is {Digest.Of(File.ReadAllBytes(info.FullName))} {Convert.ToString(status.Permissions, 8)} {Origin(status)}";
            foreach (string below in status.IsDirectory ? Look(info.FullName, inner) : [])
            {
                yield return below;
            }
        }
    }

    /// <summary>The store's inode, or the time of one's own.</summary>
    private string Origin(FileStatus status) => _inodes.Contains(status.Inode) ? "from the store" : $"of {status.ModifiedSeconds}";

    private static IEnumerable<JobOutput> Outputs(Random random)
    {
        for (int i = random.Next(3); i > 0; i--)
        {
            yield return new JobOutput($"{Folder(random)}/out{i}", random.Next(2) == 0);
        }
    }

    private FileTree Tree(Random random, string below)
    {
        var files = new Dictionary<string, TreeFile>();
        var links = new Dictionary<string, TreeLink>();
        var folders = new HashSet<string>();
        for (int i = random.Next(12); i > 0; i--)
        {
            string folder = below + Folder(random), path = $"{folder}/{Name(random)}";
            string[] parents = [.. Parents(path)];
            bool taken = files.ContainsKey(path) || links.ContainsKey(path) || folders.Contains(path);
            if (taken || parents.Any(parent => files.ContainsKey(parent) || links.ContainsKey(parent)))
            {
                continue;
            }

            folders.UnionWith(parents);
            switch (random.Next(6))
            {
                case 0:
                    links.Add(path, new TreeLink(path, Targets[random.Next(Targets.Length)]));
                    break;
                case 1:
                    folders.Add(path);
                    break;
                default:
                    int content = random.Next(Contents.Length);
                    files.Add(path, new TreeFile(path, _blobs[content], Contents[content].Length, 1_000_000 + random.Next(2)));
                    break;
            }
        }

        return new FileTree { Files = [.. files.Values], Links = [.. links.Values], Directories = [.. folders] };
    }

    private static IEnumerable<string> Parents(string path)
    {
        for (string folder = TreeLayout.ParentOf(path); folder != "/"; folder = TreeLayout.ParentOf(folder))
        {
            yield return folder;
        }
    }

    private static string Folder(Random random) => string.Concat(Enumerable.Range(0, 1 + random.Next(3)).Select(_ => "/" + Name(random)));

    private static string Name(Random random) => ((char)('a' + random.Next(3))).ToString();
}
