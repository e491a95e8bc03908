using IceCream.Jobs;
using IceCream.Roots;
using Xunit;

namespace IceCream.Tests.Roots;

public sealed class TreeLayoutTests
{
    /// <summary>A folder within a folder, as often as a path on the wire has room for.</summary>
    private static readonly string Deep = string.Concat(Enumerable.Repeat("/a", 4000));

    [Fact]
    public void Long_paths_do_not_become_millions_of_folders()
    {
        var tree = new FileTree { Directories = [.. Enumerable.Range(0, 40).Select(static i => $"/{i}{Deep}")] };
        Assert.Contains("more folders", Assert.Throws<InvalidDataException>(() => new TreeLayout(tree)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Folders_that_are_added_later_count_too()
    {
        var layout = new TreeLayout();
        Assert.Throws<InvalidDataException>(() =>
        {
            for (int i = 0; i < 40; i++)
            {
                layout.AddFolder($"/{i}{Deep}");
            }
        });
    }

    [Fact]
    public void One_deep_path_and_many_folders_are_welcome()
    {
        var tree = new FileTree { Directories = [Deep, .. Enumerable.Range(0, 100_000).Select(static i => $"/src/project/generated/part-{i}")] };
        Assert.Equal(104_004, new TreeLayout(tree).Folders.Count);
    }
}
