using System.Collections.Immutable;
using IceCream.Jobs;
using IceCream.Roots;
using IceCream.Sandboxing.Observation;
using Xunit;

namespace IceCream.Tests.Roots;

public sealed class LookupSummaryTests
{
    private const int ENOENT = 2, EACCES = 13, EEXIST = 17, ENOTDIR = 20, EINVAL = 22, EROFS = 30, ENAMETOOLONG = 36, ELOOP = 40;

    private static readonly FileTree Tree = new()
    {
        Files = [.. new[] { "/src/a.c", "/src/sub/b.h", "/usr/include/c.h", "/out/old.o" }.Select(static path => new TreeFile(path, Digest.Of("x"u8), 1, 1))],
        Links =
        [
            new TreeLink("/lib", "usr/lib"), new TreeLink("/src/up", ".."), new TreeLink("/src/far", "/usr/include"), new TreeLink("/src/tofile", "a.c"), new TreeLink("/src/gone", "nowhere/deep"),
            new TreeLink("/src/one", "two"), new TreeLink("/src/two", "one"), new TreeLink("/src/chain", "far/../include/./c.h"), new TreeLink("/src/todev", "/dev/disk"),
        ],
        Directories = ["/usr/lib", "/empty", RootPlan.TemporaryFolder],
    };

    private static readonly ImmutableArray<JobOutput> Outputs = [new JobOutput("/out/new.o", true), new JobOutput("/out/old.o", true)];

    [Theory]
    [InlineData("/src/none.h", "/src: none.h")]
    [InlineData("/none", "/: none")]
    [InlineData("//src///none.h", "/src: none.h")]
    [InlineData("/src/./none.h", "/src: none.h")]
    [InlineData("/src/sub/../none.h", "/src: none.h")]
    [InlineData("/src/none/deeper/x.h", "/src: none/deeper/x.h")]
    [InlineData("/src/none/../x.h", "/src: none/../x.h")]
    [InlineData("/src/none/", "/src: none")]
    [InlineData("/lib/none.so", "/usr/lib: none.so")]
    [InlineData("/src/up/none", "/: none")]
    [InlineData("/src/up/../none", "/: none")]
    [InlineData("/src/far/none.h", "/usr/include: none.h")]
    [InlineData("/src/far/../none.h", "/usr: none.h")]
    [InlineData("/src/gone", "/src: nowhere/deep")]
    [InlineData("/src/gone/x.h", "/src: nowhere/deep/x.h")]
    [InlineData("/../none", "/: none")]
    public void What_is_absent_is_named_in_a_folder_that_is_there(string path, string expected)
    {
        foreach (LookupKind kind in new[] { LookupKind.Open, LookupKind.Status, LookupKind.Access, LookupKind.Execute, LookupKind.List })
        {
            Assert.Equal((expected, "", null), Summary(new Lookup(path, kind, ENOENT)));
        }
    }

    [Theory]
    [InlineData('l')]
    [InlineData('r')]
    public void A_link_that_is_asked_for_itself_is_there(char kind)
    {
        Assert.Equal(("", "", null), Summary(new Lookup("/src/gone", (LookupKind)kind, 0), new Lookup("/src/a.c", LookupKind.ReadLink, EINVAL)));
        Assert.Equal(("/usr/include: none", "", null), Summary(new Lookup("/src/far/none", (LookupKind)kind, ENOENT)));
    }

    [Theory]
    [InlineData("/src/a.c/x.h", ENOTDIR)]
    [InlineData("/src/a.c/../x.h/y", ENOTDIR)]
    [InlineData("/src/tofile/x", ENOTDIR)]
    [InlineData("/src/a.c/", ENOTDIR)]
    [InlineData("/src/a.c", 0)]
    [InlineData("/src/chain", 0)]
    [InlineData("/src/sub", 0)]
    [InlineData("/src/nnnnn", ENAMETOOLONG)]
    [InlineData("/.icecream-tmp/cc123.s", ENOENT)]
    [InlineData("/.icecream-tmp", 0)]
    [InlineData("/.icecream-tmp/a/b", ENOENT)]
    [InlineData("/dev/null", 0)]
    [InlineData("/dev/observation", ENOENT)]
    public void What_the_origin_has_as_well_or_means_the_jobs_own_world_says_nothing(string path, int error)
    {
        (string absent, string listed, string? objection) = Summary(new Lookup(path, LookupKind.Status, error));
        Assert.Null(objection);
        Assert.Equal("", listed);
        Assert.True(absent.Length == 0 || path.Contains("..", StringComparison.Ordinal), absent);
    }

    [Theory]
    [InlineData("/src/one")]
    [InlineData("/src/two/x")]
    public void Links_in_a_circle_say_nothing(string path) => Assert.Equal(("", "", null), Summary(new Lookup(path, LookupKind.Open, ELOOP)));

    [Fact]
    public void Folders_whose_names_are_read_are_listed_by_their_real_place()
    {
        Assert.Equal(("", "/usr/include", null), Summary(new Lookup("/src/far", LookupKind.List, 0)));
        Assert.Equal(("", "", null), Summary(new Lookup("/src/far/", LookupKind.Open, 0)));
        Assert.Equal(("", "/", null), Summary(new Lookup("/src/..", LookupKind.List, 0)));
        Assert.Equal(("", "", null), Summary(new Lookup("/src/a.c", LookupKind.Open, 0)));
        Assert.Equal(("", "", null), Summary(new Lookup("/src/a.c", LookupKind.List, ENOTDIR)));
        Assert.Equal(("/: none", "", null), Summary(new Lookup("/none", LookupKind.List, ENOENT)));
    }

    [Theory]
    [InlineData("/proc/cpuinfo", 'o', 0)]
    [InlineData("/proc/self/fd/3", 'o', 0)]
    [InlineData("/etc/passwd", 'o', EACCES)]
    [InlineData("/sys/class/net", 'd', 0)]
    [InlineData("/dev/disk/x", 'o', ENOENT)]
    [InlineData("/src/todev", 's', 0)]
    [InlineData("/src/up/proc/version", 'o', 0)]
    [InlineData("/src/b.o", 'w', 0)]
    [InlineData("/src/b.o", 'w', EROFS)]
    [InlineData("/src/a.c", 'w', EACCES)]
    [InlineData("/src/a.c", 'm', EROFS)]
    [InlineData("/src/far/c.h", 'm', 0)]
    [InlineData("/src/a.c", 'a', EROFS)]
    [InlineData("/src/a.c", 'a', EACCES)]
    [InlineData("/src/a.c", 'o', EACCES)]
    [InlineData("/src/a.c", 'o', ENOENT)]
    [InlineData("/src/a.c", 'o', 24)]
    [InlineData("/out/old.o", 'o', 0, true)]
    [InlineData(null, 'o', ENOENT)]
    [InlineData("relative", 'o', ENOENT)]
    public void What_cannot_be_the_same_elsewhere_is_an_objection(string? path, char kind, int error, bool hidden = false)
    {
        // An output that existed at the origin is not in the layout: it is an empty file in the root.
        FileTree tree = hidden ? Tree with { Files = [.. Tree.Files.Where(file => file.Path != path)] } : Tree;
        Assert.NotNull(new LookupSummary(new TreeLayout(tree), ["/out"], Outputs).Of(Seen(new Lookup(path, (LookupKind)kind, error))).Objection);
    }

    [Theory]
    [InlineData("/out/new.o", 'w', 0)]
    [InlineData("/out/new.o", 'm', 0)]
    [InlineData("/out/new.o", 's', ENOENT)]
    [InlineData("/out/new-1234.o.tmp", 'w', 0)]
    [InlineData("/out/old.o", 'm', ENOENT)]
    [InlineData("/.icecream-tmp/x.s", 'w', 0)]
    [InlineData("/.icecream-tmp/x.s", 'o', 0)]
    [InlineData("/out/x", 'w', EEXIST)]
    public void A_job_may_write_its_outputs_and_beside_them(string path, char kind, int error) => Assert.Equal(("", "", null), Summary(new Lookup(path, (LookupKind)kind, error)));

    [Fact]
    public void What_came_or_went_in_an_output_folder_is_watched_as_absent()
    {
        Assert.Equal(("/out: part.d", "", null), Summary(new Lookup("/out/part.d", LookupKind.Open, ENOENT), new Lookup("/out/part.d", LookupKind.Write, 0)));
        Assert.Equal(("/out: made", "", null), Summary(new Lookup("/out/made", LookupKind.Change, ENOENT), new Lookup("/out/made/x", LookupKind.Write, 0)));
    }

    [Theory]
    [InlineData("/etc/ld.so.preload", true, "")]
    [InlineData("/etc/ld.so.preload", false, "/: etc/ld.so.preload")]
    [InlineData("/usr/lib/glibc-hwcaps/v3/libc.so.6", true, "")]
    [InlineData("/usr/include/none.h", true, "/usr/include: none.h")]
    public void What_the_C_library_asks_for_its_own_ends_is_told_from_what_the_program_asks(string path, bool below, string absent) =>
        Assert.Equal((absent, "", null), Summary(new Lookup(path, LookupKind.Access, ENOENT, below)));

    [Fact]
    public void Variables_that_no_compiler_is_known_to_have_and_the_local_time_are_told()
    {
        ObservedLookups seen = new LookupSummary(new TreeLayout(Tree), [], []).Of(
            Seen(new Lookup("OF_A_PLUGIN", LookupKind.Variable, 0), new Lookup("CPATH", LookupKind.Variable, 0), new Lookup("A_LIST", LookupKind.Variable, ENOENT)));
        Assert.Equal(["A_LIST", "OF_A_PLUGIN"], seen.Lists!.Variables.AsEnumerable());
        Assert.False(seen.AsksLocalTime);
        Assert.True(new LookupSummary(new TreeLayout(Tree), [], []).Of(Seen(new Lookup("/etc/localtime", LookupKind.Open, ENOENT))).AsksLocalTime);
    }

    [Fact]
    public void Lists_are_sorted_and_hold_each_name_once()
    {
        (string absent, string listed, _) = Summary(
            new Lookup("/src/z", LookupKind.Open, ENOENT), new Lookup("/src/sub/../z", LookupKind.Access, ENOENT), new Lookup("/src/Z", LookupKind.Open, ENOENT), new Lookup("/empty/a", LookupKind.Open, ENOENT),
            new Lookup("/src", LookupKind.List, 0), new Lookup("/empty", LookupKind.List, 0), new Lookup("/src/sub/..", LookupKind.List, 0));
        Assert.Equal("/empty: a | /src: Z z", absent);
        Assert.Equal("/empty /src", listed);
    }

    [Fact]
    public void Gap_and_trouble_are_handed_on()
    {
        ObservedLookups seen = new LookupSummary(new TreeLayout(Tree), ["/out"], Outputs).Of(new CommandLookups([], "gap", "trouble"));
        Assert.Equal(("gap", "trouble", null), (seen.Gap, seen.Trouble, seen.Objection));
    }

    private static CommandLookups Seen(params ImmutableArray<Lookup> lookups) => new(lookups, null, null);

    private static (string Absent, string Listed, string? Objection) Summary(params ImmutableArray<Lookup> lookups)
    {
        ObservedLookups seen = new LookupSummary(new TreeLayout(Tree), ["/out"], Outputs).Of(Seen(lookups));
        return (string.Join(" | ", seen.Lists!.Absent.Select(static absent => $"{absent.Folder}: {string.Join(' ', absent.Names)}")), string.Join(' ', seen.Lists.Listed), seen.Objection);
    }
}
