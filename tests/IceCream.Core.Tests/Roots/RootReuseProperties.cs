using FsCheck;
using FsCheck.Fluent;
using IceCream.Jobs;
using IceCream.Platform;
using IceCream.Roots;
using IceCream.Storage;
using Xunit;

namespace IceCream.Tests.Roots;

/// <summary>A root that many jobs had, against one that was built for the last of them alone.</summary>
public sealed class RootReuseProperties : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("icecream-test-").FullName;
    private readonly DiskBlobStore _store;
    private readonly RandomRoots _roots;
    private readonly HashSet<ulong> _inodes = [];

    public RootReuseProperties()
    {
        _store = new DiskBlobStore(Path.Combine(_folder, "store"), new DiskBlobStoreOptions());
        _roots = new RandomRoots(_store);
        foreach (string blob in Directory.GetFiles(Path.Combine(_folder, "store"), "*", SearchOption.AllDirectories))
        {
            Assert.Equal(0, Linux.Stat(blob, followLinks: false, out FileStatus status));
            _inodes.Add(status.Inode);
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_reused_root_is_the_root_built_afresh() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(Cases.Or(25)).WithEndSize(10), Prop.ForAll(ArbMap.Default.ArbFor<NonEmptyArray<int>>(), Reuse));

    private void Reuse(NonEmptyArray<int> seeds)
    {
        string folder = Path.Combine(_folder, Path.GetRandomFileName());
        var reusing = new RootBuilder(_store, new RootPool(Path.Combine(folder, "reused"), keep: 1));
        var fresh = new RootBuilder(_store, new RootPool(Path.Combine(folder, "fresh"), keep: 0));
        FileTree[] toolchains = [_roots.Tree(new Random(seeds.Get[0]), "/tool"), _roots.Tree(new Random(~seeds.Get[0]), "/tool")];
        foreach (int seed in seeds.Get)
        {
            var random = new Random(seed);
            RootContents job = _roots.Job(random, toolchains[random.Next(2)]);
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
}
