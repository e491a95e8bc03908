using IceCream.Digests;
using IceCream.Jobs;
using IceCream.Platform;
using IceCream.Tests.Storage;
using Xunit;

namespace IceCream.Tests.Digests;

public sealed class FileTreeCollectorTests : IDisposable
{
    private readonly StorageFolder _folder = new();
    private readonly FileDigests _digests = new();
    private readonly FileTreeCollector _collector;

    public FileTreeCollectorTests() => _collector = new FileTreeCollector(_digests);

    public void Dispose()
    {
        _digests.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Files_come_sorted_and_once()
    {
        string b = _folder.Write("b ü.h", "b"), a = _folder.Write("a.h", "a");

        Assert.True(_collector.Add("b ü.h", _folder.Root));
        Assert.True(_collector.Add(a, "/"));
        Assert.True(_collector.Add(".//./b ü.h", _folder.Root));
        FileTree tree = _collector.ToTree();
        Assert.Equal([a, b], tree.Files.Select(file => file.Path));
        Assert.Equal(Digest.Of("a"u8), tree.Files[0].Digest);
        Assert.Empty(tree.Links);
        Assert.Empty(tree.Directories);
    }

    [Fact]
    public void A_folder_that_is_left_again_is_recorded()
    {
        string path = _folder.Write("b.h", "b");
        Directory.CreateDirectory(_folder["a"]);

        Assert.True(_collector.Add("a/../b.h", _folder.Root));
        Assert.Equal(path, Assert.Single(_collector.ToTree().Files).Path);
        Assert.Equal([_folder["a"]], _collector.ToTree().Directories.AsEnumerable());
    }

    [Fact]
    public void A_step_up_from_a_linked_folder_leads_to_its_real_parent()
    {
        string real = _folder.Write("real/b.h", "real");
        _folder.Write("b.h", "wrong");
        Directory.CreateDirectory(_folder["real/sub"]);
        File.CreateSymbolicLink(_folder["link"], "real/sub");

        Assert.True(_collector.Add("link/../b.h", _folder.Root));
        FileTree tree = _collector.ToTree();
        Assert.Equal(real, Assert.Single(tree.Files).Path);
        Assert.Equal([new TreeLink(_folder["link"], "real/sub")], tree.Links.AsEnumerable());
        Assert.Equal([_folder["real/sub"]], tree.Directories.AsEnumerable());
    }

    [Fact]
    public void Links_to_links_are_all_recorded()
    {
        string real = _folder.Write("v2/a.h", "a");
        File.CreateSymbolicLink(_folder["v2/alias.h"], "a.h");
        File.CreateSymbolicLink(_folder["current"], _folder["v2"]);
        File.CreateSymbolicLink(_folder["inc"], "./current");

        Assert.True(_collector.Add("inc/alias.h", _folder.Root));
        FileTree tree = _collector.ToTree();
        Assert.Equal(real, Assert.Single(tree.Files).Path);
        Assert.Equal(
            [new(_folder["current"], _folder["v2"]), new(_folder["inc"], "./current"), new TreeLink(_folder["v2/alias.h"], "a.h")], tree.Links.AsEnumerable());
    }

    [Fact]
    public void What_is_missing_loops_or_is_no_file_adds_nothing()
    {
        _folder.Write("d/file", "");
        File.CreateSymbolicLink(_folder["x"], "y");
        File.CreateSymbolicLink(_folder["y"], "x");
        File.CreateSymbolicLink(_folder["dangling"], "d/../nowhere");

        Assert.All(
            ["missing", "x", "dangling", "d", "d/file/", "d/file/..", "d/file/.", "d/file/../file", "/dev/null"],
            path => Assert.False(_collector.Add(path, _folder.Root)));
        Assert.False(_collector.AddDirectory("d/file", _folder.Root));
        Assert.False(_collector.AddDirectory("missing", _folder.Root));
        FileTree tree = _collector.ToTree();
        Assert.True(tree.Files.IsEmpty && tree.Links.IsEmpty && tree.Directories.IsEmpty);
    }

    [Fact]
    public void A_search_folder_is_recorded_by_its_real_path_with_its_links()
    {
        Directory.CreateDirectory(_folder["real"]);
        File.CreateSymbolicLink(_folder["link"], "real");

        Assert.True(_collector.AddDirectory("link/", _folder.Root));
        Assert.Equal([_folder["real"]], _collector.ToTree().Directories.AsEnumerable());
        Assert.Equal([new TreeLink(_folder["link"], "real")], _collector.ToTree().Links.AsEnumerable());
    }

    [Fact]
    public void One_inode_under_two_names_is_reported_but_a_symbolic_link_is_not()
    {
        string a = _folder.Write("a.h", "a");
        File.CreateSymbolicLink(_folder["s.h"], "a.h");
        Assert.Equal(0, Linux.Link(a, _folder["h.h"]));
        Assert.True(_collector.Add("a.h", _folder.Root));
        Assert.True(_collector.Add("s.h", _folder.Root));
        Assert.Null(_collector.HardLinked);

        Assert.True(_collector.Add("h.h", _folder.Root));
        Assert.Contains(_folder["h.h"], _collector.HardLinked, StringComparison.Ordinal);
    }
}
