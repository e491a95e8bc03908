using System.Collections.Immutable;
using IceCream.Jobs;
using IceCream.Platform;
using IceCream.Roots;
using IceCream.Sandboxing.Observation;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace IceCream.Tests.Roots;

/// <summary>What the summary calls absent is absent on disk, and asking for it there is what the program did. <c>ICECREAM_CASES</c> sets how many trees are tried.</summary>
public sealed class LookupSummaryProperties : IDisposable
{
    private const int PathsPerTree = 120;
    private static readonly int Cases = Tests.Cases.Or(40);
    private static readonly string[] Names = ["a", "b", "c"];

    private readonly string _root = Directory.CreateTempSubdirectory("icecream-summary-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void What_is_called_absent_is_absent_on_disk_and_everything_that_is_absent_is_named()
    {
        int absences = 0, lists = 0, through = 0;
        for (int seed = 1; seed <= Cases; seed++)
        {
            var random = new Random(seed);
            string root = Path.Combine(_root, $"tree{seed}");
            FileTree tree = Grow(random, root);
            var layout = new TreeLayout(tree);
            for (int i = 0; i < PathsPerTree; i++)
            {
                bool link = random.Next(4) == 0;
                string path = AnyPath(random, root);
                int error = Linux.Stat(path, followLinks: !link, out FileStatus status);
                LookupKind kind = link ? LookupKind.LinkStatus : status.IsDirectory && error == 0 ? LookupKind.List : LookupKind.Status;
                ObservedLookups seen = new LookupSummary(layout, [], []).Of(new CommandLookups([new Lookup(path, kind, error)], null, null));
                string what = $"seed {seed}: {kind} {path} {error}";

                Assert.True(seen.Objection is null || error == 40, $"{what}: {seen.Objection}");
                Assert.Equal(error == 0 && kind == LookupKind.List ? [Real(path)] : [], seen.Lists!.Listed.AsEnumerable());
                lists += seen.Lists.Listed.Length;
                if (error == Linux.ENOENT)
                {
                    AbsentNames absent = Assert.Single(seen.Lists.Absent);
                    string name = Assert.Single(absent.Names), first = name.Split('/')[0];
                    Assert.True(Linux.Stat(absent.Folder, followLinks: false, out FileStatus folder) == 0 && folder.IsDirectory && Real(absent.Folder) == absent.Folder, $"{what}: {absent.Folder}");
                    Assert.True(Linux.Stat($"{absent.Folder}/{first}", followLinks: false, out _) == Linux.ENOENT, $"{what}: {absent.Folder} {name}");
                    absences++;
                }
                else
                {
                    // Through a file, which the origin has too; names that are said to be absent all the same must be so.
                    through += error == Linux.ENOTDIR ? 1 : 0;
                    Assert.All(seen.Lists.Absent, absent => Assert.All(absent.Names, name => Assert.NotEqual(0, Linux.Stat($"{absent.Folder}/{name}", followLinks: false, out _))));
                    Assert.True(error != 0 || seen.Lists.Absent.IsEmpty, what);
                }
            }
        }

        Assert.True(absences > Cases * 10 && lists > Cases * 5 && through > Cases, $"{absences} absences, {lists} lists, {through} through files");
    }

    /// <summary>A small tree, on disk and described: names meet often, and links lead anywhere.</summary>
    private static FileTree Grow(Random random, string root)
    {
        Directory.CreateDirectory(root);
        var folders = new List<string> { root };
        var files = ImmutableArray.CreateBuilder<TreeFile>();
        var links = ImmutableArray.CreateBuilder<TreeLink>();
        for (int i = 0; i < 14; i++)
        {
            string path = $"{folders[random.Next(folders.Count)]}/{Names[random.Next(Names.Length)]}";
            if (Linux.Stat(path, followLinks: false, out _) == 0)
            {
                continue;
            }

            switch (random.Next(3))
            {
                case 0:
                    File.WriteAllText(path, "x");
                    files.Add(new TreeFile(path, Digest.Of("x"u8), 1, 1));
                    break;
                case 1:
                    string target = random.Next(3) == 0 ? AnyPath(random, root) : AnyPath(random, "")[1..];
                    File.CreateSymbolicLink(path, target);
                    links.Add(new TreeLink(path, target));
                    break;
                default:
                    Directory.CreateDirectory(path);
                    folders.Add(path);
                    break;
            }
        }

        return new FileTree { Files = files.ToImmutable(), Links = links.ToImmutable(), Directories = [.. folders] };
    }

    private static string AnyPath(Random random, string root)
    {
        string path = root;
        int depth = 0;
        for (int i = 1 + random.Next(5); i > 0; i--)
        {
            int next = random.Next(8);
            string part = next == 7 && depth > 0 ? ".." : next == 6 ? "." : Names[random.Next(Names.Length)];
            depth += part switch { ".." => -1, "." => 0, _ => 1 };
            path += (random.Next(10) == 0 ? "//" : "/") + part;
        }

        return random.Next(8) == 0 ? path + "/" : path;
    }

    /// <summary>The kernel's word for where a path to a folder leads, asked of the open folder: thousands of paths are, and a program started for each would take most of the time.</summary>
    private static string Real(string path)
    {
        using SafeFileHandle? folder = Linux.OpenFolder(path, out int error);
        Assert.True(folder is not null, $"{path}: {error}");
        return Linux.LinkTarget($"/proc/self/fd/{folder.DangerousGetHandle()}")!;
    }
}
