using IceCream.FileSystem;
using IceCream.Inputs;
using IceCream.Jobs;
using IceCream.Platform;
using Xunit;

namespace IceCream.Tests.Inputs;

/// <summary>
/// What a worker saw a compile look for in vain is watched here: a manifest holds exactly as long as none of it comes, and no folder whose names were
/// read gets another name. <c>ICECREAM_CASES</c> sets how many histories are tried.
/// </summary>
public sealed class LookupCheckProperties : IDisposable
{
    private const int EditsPerHistory = 6;
    private static readonly int Cases = Tests.Cases.Or(60);
    private static readonly string[] Names = ["a", "b", "c", "d"];

    private readonly ScannedFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>A worker that says that it listed one folder as often as a message can hold must not keep this machine busy for minutes.</summary>
    [Fact]
    public async Task Any_number_of_listed_folders_costs_one_look_at_each_path_that_was_sent()
    {
        _folder.Write("listed/one", "");
        _folder.Write("listed/two", "");
        string folder = _folder.Root + "/listed";
        var lists = new LookupLists([], [.. Enumerable.Repeat(folder, 60_000), "/", _folder.Root], []);
        var sent = new FileTree
        {
            Files = [new TreeFile(folder + "/one", Digest.Of("a"u8), 1, 1), .. Enumerable.Range(0, 60_000).Select(i => new TreeFile($"{folder}/no{i}", Digest.Of("a"u8), 1, 1))],
            Directories = [.. Directory.EnumerateFileSystemEntries("/")],
        };

        InputVisit visit = _folder.Memory.Begin();
        List<string> missing = await Task.Run(() => LookupCheck.FindMissing(lists, [FileTree.Empty, sent], [], visit)).WaitAsync(TimeSpan.FromMinutes(1));

        Assert.Equal([folder + "/two"], missing);
    }

    /// <summary>A folder for a group may be open to the command, whose process may have groups that this one has not.</summary>
    [Theory]
    [InlineData(0b111_000_000, 0, true)]
    [InlineData(0b111_100_100, 0, true)]
    [InlineData(0b111_001_000, 0, false)]
    [InlineData(0b111_101_101, 0, false)]
    [InlineData(0b000_000_000, 1000, true)]
    [InlineData(0b000_111_111, 1000, true)]
    [InlineData(0b100_000_000, 1000, true)]
    [InlineData(0b111_000_000, 1000, false)]
    public void A_folder_is_closed_where_no_group_opens_it(int rights, int owner, bool isClosed) =>
        Assert.Equal(isClosed, LookupCheck.IsClosed(new FileStatus { Mode = Linux.Directory | (uint)rights, Owner = (uint)owner }, user: 1000));

    [Fact]
    public void A_manifest_holds_until_something_comes_where_it_was_looked_for_in_vain()
    {
        int held = 0, fell = 0, missed = 0;
        for (int seed = 1; seed <= Cases; seed++)
        {
            var random = new Random(seed);
            string root = Path.Combine(_folder.Root, $"history{seed}");
            Directory.CreateDirectory(Path.Combine(root, "a/b"));
            File.WriteAllText(Path.Combine(root, "c"), "");
            LookupLists lists = Watch(random, root);
            InputMemory memory = _folder.MemoryAt(TimeProvider.System);
            Manifest? manifest = Learn(memory, lists, root, out bool missing);
            Assert.False(missing, $"seed {seed}");
            string before = State(lists, root), done = "";
            for (int i = 0; i < EditsPerHistory; i++)
            {
                done += Edit(random, root, i) + "; ";
                bool same = State(lists, root) == before, comes = !same && Comes(lists, root);
                FileTree? tree = manifest!.Recall(memory, memory.Begin(), out _);
                Assert.True(tree is null || !comes, $"seed {seed}: {done} is not noticed in {Show(lists)}");
                Assert.True(tree is not null || !same, $"seed {seed}: {done} changes nothing of {Show(lists)}");
                if (tree is not null)
                {
                    held++;
                    continue;
                }

                // Whoever looks anew sees what has come.
                fell++;
                manifest = Learn(memory, lists, root, out missing);
                Assert.Equal(comes, missing);
                missed += missing ? 1 : 0;
                if (missing || manifest is null || !lists.Absent.All(static one => Directory.Exists(one.Folder)))
                {
                    // A worker names only folders that were there, and what was there was sent from here.
                    break;
                }

                before = State(lists, root);
            }
        }

        Assert.True(held > Cases / 2 && fell > Cases / 2 && missed > Cases / 4, $"{held} held, {fell} fell, {missed} missed");
    }

    [Theory]
    [InlineData("x", "x", true)]
    [InlineData("x/y", "x/y", true)]
    [InlineData("x/y", "x/z", false)]
    [InlineData("x/../y", "y", false)]
    [InlineData("x/../c", "x/", true)]
    [InlineData("x/z", "x", true)]
    [InlineData("x/../z", "x", true)]
    [InlineData("x", "x.gch", false)]
    [InlineData("x.gch", "x.gch", true)]
    [InlineData("x.gch", "x", false)]
    [InlineData("größe", "größe", true)]
    [InlineData("link", "link -> nowhere", false)]
    [InlineData("link/y", "link -> a", false)]
    [InlineData("link/b", "link -> a", true)]
    [InlineData("link/y/z", "link -> nowhere", false)]
    public void Only_what_was_looked_for_is_missing(string name, string made, bool isMissing)
    {
        Directory.CreateDirectory(Path.Combine(_folder.Root, "a/b"));
        _folder.Write("c", "");
        InputMemory memory = _folder.MemoryAt(TimeProvider.System);
        var lists = new LookupLists([new AbsentNames(_folder.Root, [name])], [], []);
        Assert.Empty(LookupCheck.FindMissing(lists, [], [], memory.Begin()));
        string path = Path.Combine(_folder.Root, made.Split(" -> ")[0]);
        if (made.Contains(" -> ", StringComparison.Ordinal))
        {
            File.CreateSymbolicLink(path, made.Split(" -> ")[1]);
        }
        else if (made.EndsWith('/'))
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            _folder.Write(made, "");
        }

        List<string> missing = LookupCheck.FindMissing(lists, [], [], memory.Begin());
        Assert.Equal(isMissing, missing.Count == 1);
        Assert.All(missing, found => Assert.True(Path.Exists(found) || new FileInfo(found).LinkTarget is not null, found));
    }

    [Fact]
    public void Of_a_listed_folder_whatever_the_worker_did_not_have_is_missing()
    {
        _folder.Write("listed/sent.h", "");
        _folder.Write("listed/sent-folder/deep.h", "");
        _folder.Write("listed/out.o", "");
        _folder.Write("listed/more.h", "");
        File.CreateSymbolicLink(Path.Combine(_folder.Root, "listed/link"), "nowhere");
        string listed = Path.Combine(_folder.Root, "listed");
        var sent = new FileTree { Files = [new TreeFile(listed + "/sent.h", default, 0, 0), new TreeFile(listed + "/sent-folder/deep.h", default, 0, 0)] };
        var lists = new LookupLists([], [listed, Path.Combine(_folder.Root, "nowhere")], []);
        Assert.Equal(
            [listed + "/link", listed + "/more.h"],
            LookupCheck.FindMissing(lists, [FileTree.Empty, sent], [new JobOutput(listed + "/out.o", true)], _folder.Memory.Begin()).Order(StringComparer.Ordinal));
    }

    /// <summary>Of /opt itself only ROCm matters. A toolchain there has folders like any other: Clang lists them for the newest GCC.</summary>
    [Theory]
    [InlineData("/opt/sdk", true)]
    [InlineData("/opt/rocm-6.1", false)]
    [InlineData("/opt/sdk/lib/gcc/x86_64-linux-gnu/14", false)]
    [InlineData("/opt/llvm/lib/clang/19", false)]
    [InlineData("/usr/lib/gcc/x86_64-linux-gnu/14", false)]
    [InlineData("/srv/glibc-hwcaps", true)]
    public void A_name_in_a_listing_is_harmless_by_its_folder(string path, bool harmless) => Assert.Equal(harmless, HarmlessLookups.ReasonToIgnoreInList(path) is not null);

    [Fact]
    public void A_listing_is_read_again_when_the_folder_has_changed_and_not_before()
    {
        _folder.Write("listed/b", "");
        _folder.Write("listed/a", "");
        InputMemory memory = _folder.MemoryAt(TimeProvider.System);
        string path = Path.Combine(_folder.Root, "listed");
        IReadOnlyList<string> first = List()!;
        Assert.Equal(["a", "b"], first);
        _folder.Write("listed/c", "");
        Assert.Equal(["a", "b", "c"], List()!);
        File.Delete(Path.Combine(path, "a"));
        Assert.Equal(["b", "c"], List()!);
        Directory.Delete(path, recursive: true);
        Assert.Null(List());
        _folder.Write("listed/d", "");
        Assert.Equal(["d"], List()!);

        IReadOnlyList<string>? List()
        {
            InputVisit visit = memory.Begin();
            return visit.At(path).List(visit);
        }
    }

    [Theory]
    [InlineData("/etc/ld.so.preload", true)]
    [InlineData("/usr/lib/x86_64-linux-gnu/glibc-hwcaps/x86-64-v3/libc.so.6", true)]
    [InlineData("/usr/lib/glibc-hwcaps", true)]
    [InlineData("/usr/lib/glibc-hwcaps.h", false)]
    [InlineData("/etc/clang/clang.cfg", false)]
    [InlineData("/home/etc/passwd", false)]
    public void What_is_harmless_is_so_by_its_place(string path, bool harmless) => Assert.Equal(harmless, HarmlessLookups.ReasonToIgnore(path) is not null);

    /// <summary>Names that are not there, in folders that are, and folders to list.</summary>
    private static LookupLists Watch(Random random, string root)
    {
        var absent = new Dictionary<string, SortedSet<string>>(StringComparer.Ordinal);
        for (int i = 1 + random.Next(3); i > 0; i--)
        {
            string folder = random.Next(3) switch { 0 => root, 1 => root + "/a", _ => root + "/a/b" };
            string name = string.Join('/', Enumerable.Range(0, 1 + random.Next(3)).Select(_ => Names[random.Next(Names.Length)]));
            if (Linux.Stat($"{folder}/{name}", followLinks: true, out _) == Linux.ENOENT)
            {
                (absent.TryGetValue(folder, out SortedSet<string>? names) ? names : absent[folder] = new SortedSet<string>(StringComparer.Ordinal)).Add(name);
            }
        }

        string[] listed = random.Next(3) == 0 ? [random.Next(2) == 0 ? root + "/a/b" : root] : [];
        return new LookupLists([.. absent.Select(static one => new AbsentNames(one.Key, [.. one.Value]))], [.. listed], []);
    }

    /// <summary>Compares with what is here, as after a compile, and remembers.</summary>
    private static Manifest? Learn(InputMemory memory, LookupLists lists, string root, out bool missing)
    {
        InputVisit visit = memory.Begin();

        // The worker had all that the listed folders held in the beginning.
        var sent = new FileTree { Directories = [root + "/a", root + "/a/b", root + "/c"] };
        missing = LookupCheck.FindMissing(lists, [sent], [], visit).Count > 0;
        return Manifest.Of(new CollectedInputs([], []), FileTree.Empty, root, visit, lists);
    }

    /// <summary>All that the lists depend on: what is on the way to each name, and the names in listed folders.</summary>
    private static string State(LookupLists lists, string root)
    {
        IEnumerable<string> absent = lists.Absent.SelectMany(one => one.Names.SelectMany(name => Prefixes(one.Folder, name))).Select(path => $"{path} {Kind(path)}");
        IEnumerable<string> listed = lists.Listed.Select(static folder => $"{folder}: {(Directory.Exists(folder) ? string.Join(' ', Directory.EnumerateFileSystemEntries(folder).Order(StringComparer.Ordinal)) : "none")}");
        return string.Join('\n', absent.Concat(listed));

        IEnumerable<string> Prefixes(string folder, string name)
        {
            // The folders up to the project's: one of them may be moved away.
            for (string at = folder; at.Length >= root.Length; at = Path.GetDirectoryName(at)!)
            {
                yield return at;
            }

            string whole = folder;
            foreach (string part in name.Split('/'))
            {
                yield return whole = $"{whole}/{part}";
            }
        }
    }

    /// <summary>Whether what was absent is there now, or a listed folder has a name that it had not. A link that leads nowhere cannot be opened;
    /// and where a file stands in the way, the kernel says something else than that nothing is there.</summary>
    private static bool Comes(LookupLists lists, string root) =>
        lists.Absent.Any(static one => one.Names.Any(name => Linux.Stat($"{one.Folder}/{name}", followLinks: true, out _) != Linux.ENOENT))
        || lists.Listed.Any(folder => Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any(path => path != root + "/a" && path != root + "/a/b" && path != root + "/c"));

    private static string Kind(string path) => Directory.Exists(path) ? "folder" : File.Exists(path) ? "file" : IsThere(path) ? "link" : "none";

    private static bool IsThere(string path) => Linux.Stat(path, followLinks: false, out _) == 0;

    private static string Show(LookupLists lists) => string.Join(", ", lists.Absent.Select(static one => $"{one.Folder}: {string.Join(' ', one.Names)}").Concat(lists.Listed));

    private static string Edit(Random random, string root, int number)
    {
        string folder = random.Next(3) switch { 0 => root, 1 => root + "/a", _ => root + "/a/b" };
        string name = Names[random.Next(Names.Length)], path = $"{folder}/{name}";
        switch (random.Next(7))
        {
            case 0 when Directory.Exists(folder) && !IsThere(path):
                Directory.CreateDirectory(path);
                return $"made {path}";
            case 1 when Directory.Exists(folder) && !IsThere(path):
                File.WriteAllText(path, "");
                return $"wrote {path}";
            case 2 when Directory.Exists(folder) && !IsThere(path):
                File.CreateSymbolicLink(path, random.Next(2) == 0 ? "nowhere" : "..");
                return $"linked {path}";
            case 3 when File.Exists(path) && name != "c":
                File.Delete(path);
                return $"deleted {path}";
            case 4 when Directory.Exists(folder):
                File.WriteAllText($"{folder}/unwatched{number}", "");
                return $"wrote {folder}/unwatched{number}";
            case 5 when Directory.Exists(root + "/a") && !Directory.Exists(root + "/aside"):
                Directory.Move(root + "/a", root + "/aside");
                return "moved a away";
            default:
                File.AppendAllText(root + "/c", "x");
                return "wrote to c";
        }
    }
}
