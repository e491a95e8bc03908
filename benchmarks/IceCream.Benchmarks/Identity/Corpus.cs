using IceCream.Benchmarks.Corpora;
using IceCream.Benchmarks.Processes;

namespace IceCream.Benchmarks.Identity;

/// <summary>Files that are compiled one by one.</summary>
/// <param name="Name">As it is asked for.</param>
/// <param name="Prepare">Gets what is compiled, given the folder for sources.</param>
/// <param name="IsWhole">Whether every file of it compiles here; else those that do not are compared in how they fail.</param>
internal sealed record Corpus(string Name, Func<string, CancellationToken, Task<IReadOnlyList<Unit>>> Prepare, bool IsWhole = true)
{
    private static readonly Corpus[] All =
    [
        CMake("leveldb"),
        new("lua", LuaAsync),
        new("zlib", ZlibAsync),
        new("sqlite", SqliteAsync, IsWhole: false),
        CMake("fmtlib"),
        CMake("abseil"),
        new("boost", (_, _) => Own("boost", "/usr/include/boost/version.hpp", "libboost-dev", [])),
        new("eigen", (_, _) => Own("eigen", "/usr/include/eigen3/Eigen/Core", "libeigen3-dev", ["-isystem", "/usr/include/eigen3"])),
    ];

    public static IEnumerable<string> Names => All.Select(static corpus => corpus.Name);

    /// <exception cref="InvalidOperationException">There is none of this name.</exception>
    public static Corpus Find(string name) => All.Single(corpus => corpus.Name == name);

    private static Corpus CMake(string name) => new(name, async (cache, cancellationToken) =>
        [.. (await CMakeProject.Find(name).PrepareAsync(cache, cancellationToken)).Commands.Select(Unit.Of)]);

    private static async Task<IReadOnlyList<Unit>> LuaAsync(string cache, CancellationToken cancellationToken)
    {
        string source = Path.Combine(await DebianSource.FetchAsync("lua5.4", cache, cancellationToken), "src");
        // Debian's rules make it.
        await File.WriteAllTextAsync(Path.Combine(source, "lua5.4-deb-multiarch.h"), "#define DEB_HOST_MULTIARCH \"x86_64-linux-gnu\"\n", cancellationToken);
        return Files(source, "*.c", SearchOption.TopDirectoryOnly, ["-std=gnu99", "-DLUA_USE_LINUX", "-I."]);
    }

    private static async Task<IReadOnlyList<Unit>> ZlibAsync(string cache, CancellationToken cancellationToken)
    {
        string source = await DebianSource.FetchAsync("zlib", cache, cancellationToken);
        return
        [
            .. Files(source, "*.c", SearchOption.TopDirectoryOnly, ["-D_LARGEFILE64_SOURCE=1", "-DHAVE_HIDDEN", "-I."]),
            .. Files(Path.Combine(source, "test"), "*.c", SearchOption.TopDirectoryOnly, ["-D_LARGEFILE64_SOURCE=1", "-I.."]),
        ];
    }

    private static async Task<IReadOnlyList<Unit>> SqliteAsync(string cache, CancellationToken cancellationToken)
    {
        string source = await DebianSource.FetchAsync("sqlite3", cache, cancellationToken);
        if (!File.Exists(Path.Combine(source, "sqlite3.c")))
        {
            _ = Tool.Find("tclsh") ?? throw new UnfitException("The program 'tclsh' is missing: install tcl and make. SQLite makes its sources with it.");
            await Tool.RunAsync(["sh", "./configure", "--disable-readline"], cancellationToken, source);
            await Tool.RunAsync(["make", "sqlite3.c", "shell.c"], cancellationToken, source);
        }

        string[] flags = ["-I.", "-DSQLITE_ENABLE_FTS5", "-DSQLITE_ENABLE_RTREE", "-DSQLITE_ENABLE_COLUMN_METADATA"];
        return
        [
            new("sqlite3.c", flags, source), new("shell.c", flags, source),
            .. Files(source, "*.c", SearchOption.AllDirectories, [.. flags, "-Isrc"]).Where(static unit => unit.Source.StartsWith("ext/", StringComparison.Ordinal)),
        ];
    }

    private static Task<IReadOnlyList<Unit>> Own(string name, string header, string package, IReadOnlyList<string> flags) => Task.FromResult(
        File.Exists(header)
            ? Files(Path.Combine(AppContext.BaseDirectory, "Identity", "Programs", name), "*.cpp", SearchOption.TopDirectoryOnly, ["-std=c++17", "-I.", .. flags])
            : throw new UnfitException($"There is no {header}: install {package}."));

    /// <summary>Files below a folder, compiled in it.</summary>
    private static IReadOnlyList<Unit> Files(string folder, string pattern, SearchOption depth, IReadOnlyList<string> flags) =>
    [
        .. Directory.EnumerateFiles(folder, pattern, depth).Order(StringComparer.Ordinal)
            .Select(path => new Unit(Path.GetRelativePath(folder, path), flags, folder)),
    ];
}
