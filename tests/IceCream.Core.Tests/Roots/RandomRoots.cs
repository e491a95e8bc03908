using System.Globalization;
using IceCream.Jobs;
using IceCream.Roots;
using IceCream.Storage;
using IceCream.Tests.Storage;

namespace IceCream.Tests.Roots;

/// <summary>
/// Roots of jobs, by chance. Half of the trees are small, and their names and contents meet often. Half are wide: a folder holds more folders
/// than are shown in an output folder, and most contents lie at one path only.
/// </summary>
internal sealed class RandomRoots
{
    private const int Few = 3, Many = 26;

    private static readonly string[] Contents = ["", .. Enumerable.Range(1, 199).Select(i => i.ToString(CultureInfo.InvariantCulture))];
    private static readonly string[] Targets = ["a", "../b", "/c/a", "nowhere"];

    private readonly Digest[] _blobs;

    public RandomRoots(IBlobStore store) => _blobs = [.. Contents.Select(content => StorageFolder.Put(store, StorageFolder.Bytes(content)))];

    public RootContents Job(Random random, FileTree toolchain) =>
        new(toolchain, Tree(random, ""), [.. Outputs(random)], random.Next(2) == 0 ? "/work" : "/work/deeper", 0b010_010);

    public FileTree Tree(Random random, string below)
    {
        int names = random.Next(2) == 0 ? Few : Many;
        var files = new Dictionary<string, TreeFile>();
        var links = new Dictionary<string, TreeLink>();
        var folders = new HashSet<string>();
        for (int i = names == Few ? random.Next(12) : 150; i > 0; i--)
        {
            string folder = below + Folder(random, names), path = $"{folder}/{Name(random, names)}";
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
                    int content = random.Next(names == Few ? 8 : Contents.Length);
                    files.Add(path, new TreeFile(path, _blobs[content], Contents[content].Length, 1_000_000 + random.Next(2)));
                    break;
            }
        }

        return new FileTree { Files = [.. files.Values], Links = [.. links.Values], Directories = [.. folders] };
    }

    private static IEnumerable<JobOutput> Outputs(Random random)
    {
        for (int i = random.Next(3); i > 0; i--)
        {
            yield return new JobOutput($"{Folder(random, random.Next(2) == 0 ? Few : Many)}/out{i}", random.Next(2) == 0);
        }
    }

    private static IEnumerable<string> Parents(string path)
    {
        for (string folder = TreeLayout.ParentOf(path); folder != "/"; folder = TreeLayout.ParentOf(folder))
        {
            yield return folder;
        }
    }

    private static string Folder(Random random, int names) =>
        string.Concat(Enumerable.Range(0, 1 + random.Next(3)).Select(depth => "/" + Name(random, depth == 0 && names == Many ? 2 : names)));

    private static string Name(Random random, int names) => ((char)('a' + random.Next(names))).ToString();
}
