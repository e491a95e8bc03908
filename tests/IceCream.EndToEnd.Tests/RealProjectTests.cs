using System.Security.Cryptography;
using System.Text.Json;
using IceCream.EndToEnd.Tests.Kit;
using Xunit.Abstractions;

namespace IceCream.EndToEnd.Tests;

/// <summary>
/// Real projects, from Debian's sources: built by the compiler alone, then twice by a farm that knows nothing at first. The second time everything is known, and each time what is built
/// is what the compiler alone builds, byte for byte. What a project's configuration asks compilers goes by the farm too and is not counted: CMake asks in folders named by chance, which no cache can know.
/// </summary>
[Trait("Length", "Long")]
public sealed class RealProjectTests(ITestOutputHelper output)
{
    private const string Ninja = "cmake -S . -B build -G Ninja -DCMAKE_BUILD_TYPE=Release", Built = "cmake --build build -j2";

    private static readonly string[] Products = [".o", ".a", ".so", ".d", ".dwo", ".gcno", ".su"];
    private static readonly string[] Records = [".ninja_deps", ".ninja_log", "Makefile", "CMakeCache.txt"];

    /// <summary>Where sources are kept between tests.</summary>
    private static readonly string Sources = Path.Combine(Path.GetTempPath(), $"icecream-test-sources-{Environment.UserName}");

    private sealed record Summary(int ExitCode, Statistics Jobs);

    /// <summary>A source package, how it is configured, how it is built, and the folder of what is built.</summary>
    public static TheoryData<string, string, string, string> Projects => new()
    {
        { "leveldb", $"{Ninja} -DLEVELDB_BUILD_TESTS=OFF -DLEVELDB_BUILD_BENCHMARKS=OFF", Built, "build" },
        { "fmtlib", $"{Ninja} -DFMT_TEST=ON", Built, "build" },
        { "libzstd", "true", "make -j2 -C lib BUILD_DIR=obj libzstd.a && make -j2 -C programs zstd", "." },
        { "git", "true", "make -j2 NO_CURL=1 NO_EXPAT=1 NO_GETTEXT=1 NO_OPENSSL=1 NO_TCLTK=1 NO_PERL=1 NO_PYTHON=1 NO_GITWEB=1 CFLAGS='-O1 -g' GIT_TEST_OPTS= V=1 git", "." },
    };

    [NeedsTheory("apt-get", "dpkg-source", "cmake", "ninja", "make", "gcc", "g++", "bwrap")]
    [MemberData(nameof(Projects))]
    public async Task A_second_build_is_known_and_the_same(string package, string configure, string build, string results)
    {
        using var space = new Workspace();
        string source = await CheckOutAsync(package, space.Folder("one"));
        SortedDictionary<string, string> expected = await PlainAsync(source, $"{configure} && {build}", results);
        await ResetAsync(package, source);
        Statistics first = await FarmAsync(space, source, configure, build, results, expected);
        await ResetAsync(package, source);
        Statistics second = await FarmAsync(space, source, configure, build, results, expected);
        output.WriteLine($"{package}: {expected.Count} files equal twice; first {Told(first)}; then {Told(second)}");
        Assert.True(first.Remote > 0 && second.Remote == 0 && second.Cached + second.Joined >= first.Remote, $"first {first}\nsecond {second.Cached} cached, {second}");
    }

    /// <summary>
    /// Two worktrees by absolute paths and without -g. The library says nowhere where it lies; the tests say so with every check that may fail, and are shared when the compiler is told to map that.
    /// </summary>
    [NeedsTheory("apt-get", "dpkg-source", "cmake", "ninja", "g++", "bwrap")]
    [InlineData("-DFMT_TEST=OFF")]
    [InlineData("-DFMT_TEST=ON -DCMAKE_BUILD_TYPE=None -DCMAKE_CXX_FLAGS=-ffile-prefix-map=$PWD=.")]
    public async Task A_second_worktree_is_known_where_it_is_the_same(string options)
    {
        using var space = new Workspace();
        string configure = $"{Ninja} {options}";
        var cached = new List<(long Known, long All)>();
        foreach (string name in (string[])["worktrees/one", "worktrees/another-name"])
        {
            string source = await CheckOutAsync("fmtlib", space.Folder(name));
            SortedDictionary<string, string> expected = await PlainAsync(source, $"{configure} && {Built}", "build");
            await ResetAsync("fmtlib", source);
            Statistics jobs = await FarmAsync(space, source, configure, Built, "build", expected, $"--cache-base-dir '{space.Under("worktrees")}'");
            output.WriteLine($"{name} {options}: {expected.Count} files equal; {Told(jobs)}");
            cached.Add((jobs.Cached + jobs.Joined, jobs.Cached + jobs.Joined + jobs.Remote));
        }

        Assert.True(cached[1].Known >= cached[1].All * 0.9, $"{cached[1]} of the second, {cached[0]} of the first");
    }

    /// <summary>A copy of the sources, which are fetched when they are first wanted.</summary>
    private static async Task<string> CheckOutAsync(string package, string folder)
    {
        string kept = Path.Combine(Sources, package), source = Path.Combine(folder, package);
        Directory.CreateDirectory(kept);
        await RunAsync($"ls *.dsc >/dev/null 2>&1 || apt-get source -qq --download-only {package}", kept);
        await RunAsync($"dpkg-source -x '{kept}'/*.dsc '{source}' >/dev/null", folder);
        return source;
    }

    /// <summary>The sources as they were, at the same place: their times are newer than all that was built.</summary>
    private static async Task ResetAsync(string package, string source)
    {
        Directory.Delete(source, recursive: true);
        await RunAsync($"dpkg-source -x '{Path.Combine(Sources, package)}'/*.dsc '{source}' >/dev/null", Path.GetDirectoryName(source)!);
    }

    private static async Task<SortedDictionary<string, string>> PlainAsync(string source, string command, string results)
    {
        await RunAsync(command, source);
        return ProductsOf(Path.Combine(source, results));
    }

    private static async Task<Statistics> FarmAsync(
        Workspace space, string source, string configure, string build, string results, SortedDictionary<string, string> expected, string options = "")
    {
        string file = space.Under("summary.json"), script = space.Under("build.sh");
        foreach (string command in (string[])[configure, build])
        {
            await File.WriteAllTextAsync(script, command);
            await RunAsync($"exec '{Programs.Host}' run --state-dir '{space.Under("state")}' {options} --json '{file}' -- sh -e '{script}'", source, ("ICECREAM_CACHE", "on"));
        }

        Statistics jobs = JsonSerializer.Deserialize<Summary>(await File.ReadAllTextAsync(file), Statistics.Names)!.Jobs;
        GeneratedProject.AssertSame(expected, ProductsOf(Path.Combine(source, results)), jobs.ToString());
        return jobs;
    }

    private static string Told(Statistics jobs) => $"{jobs.Remote} on the farm, {jobs.Local} here, {jobs.Cached} cached, {jobs.Joined} joined";

    private static async Task RunAsync(string script, string folder, params (string, string)[] variables)
    {
        using Shell shell = Shell.Start(script, folder, variables);
        Ending ending = await shell.EndAsync(TimeSpan.FromMinutes(40));
        Assert.True(ending.ExitCode == 0, $"{script}\n{ending}");
    }

    /// <summary>What compilers and linkers made: files with their endings, and programs.</summary>
    private static SortedDictionary<string, string> ProductsOf(string folder)
    {
        var products = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (FileInfo file in new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories))
        {
            bool isProgram = file.Extension.Length == 0 && (file.UnixFileMode & UnixFileMode.UserExecute) != 0;
            if (file.LinkTarget is null && (isProgram || Products.Contains(file.Extension)) && !Records.Contains(file.Name)
                && !file.FullName.Contains("CompilerId", StringComparison.Ordinal) && !file.FullName.Contains("CMakeScratch", StringComparison.Ordinal))
            {
                products[Path.GetRelativePath(folder, file.FullName)] = Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file.FullName)));
            }
        }

        Assert.NotEmpty(products);
        return products;
    }
}
