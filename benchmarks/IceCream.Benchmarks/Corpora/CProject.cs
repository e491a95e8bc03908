using System.Collections.Concurrent;
using IceCream.Benchmarks.Processes;

namespace IceCream.Benchmarks.Corpora;

/// <summary>Plain C without a configuration to speak of: a Debian source package, fetched once.</summary>
/// <param name="Name">As it is asked for.</param>
/// <param name="Package">The source package.</param>
/// <param name="Header">A header that most of its sources include, below the source folder.</param>
/// <param name="Prepare">Makes what is missing in the source folder, and says what is compiled.</param>
/// <param name="IsWhole">Whether every file of it compiles here.</param>
internal sealed record CProject(
    string Name, string Package, string Header, Func<string, CancellationToken, Task<IReadOnlyList<Unit>>> Prepare, bool IsWhole = true)
{
    private static readonly CProject[] All =
    [
        new("zlib", "zlib", "zlib.h", ZlibAsync),
        new("lua", "lua5.4", "src/lua.h", LuaAsync),
        new("sqlite", "sqlite3", "sqlite3.h", SqliteAsync, IsWhole: false),
    ];

    public static IEnumerable<string> Names => All.Select(static project => project.Name);

    /// <exception cref="InvalidOperationException">There is none of this name.</exception>
    public static CProject Find(string name) => All.Single(project => project.Name == name);

    /// <summary>Everything that is compiled of it.</summary>
    /// <exception cref="UnfitException">It cannot be had.</exception>
    public async Task<IReadOnlyList<Unit>> UnitsAsync(string cache, CancellationToken cancellationToken) =>
        await Prepare(await DebianSource.FetchAsync(Package, cache, cancellationToken), cancellationToken);

    /// <summary>What of it compiles here, with GCC at <c>-O2</c>.</summary>
    /// <exception cref="UnfitException">It cannot be had.</exception>
    public async Task<Sources> PrepareAsync(string cache, CancellationToken cancellationToken)
    {
        _ = Tool.Find("gcc") ?? throw new UnfitException("The program 'gcc' is missing: install it.");
        IReadOnlyList<Unit> units = await UnitsAsync(cache, cancellationToken);
        if (!IsWhole)
        {
            var unfit = new ConcurrentDictionary<Unit, bool>();
            await Parallel.ForEachAsync(units, cancellationToken, async (unit, ending) =>
            {
                if ((await Tool.AskAsync(["gcc", .. unit.Words, "-fsyntax-only", unit.Source], ending, unit.Folder)).ExitCode != 0)
                {
                    unfit[unit] = true;
                }
            });
            units = [.. units.Where(unit => !unfit.ContainsKey(unit))];
        }

        string source = await DebianSource.FetchAsync(Package, cache, cancellationToken);
        return new Sources(
            Path.GetFileName(source),
            [.. units.Select(static unit => new CompileCommand(["gcc", .. unit.Words, "-O2", "-c", unit.Source], unit.Folder))],
            [Path.Combine(source, Header)]);
    }

    private static async Task<IReadOnlyList<Unit>> LuaAsync(string source, CancellationToken cancellationToken)
    {
        string folder = Path.Combine(source, "src"), made = Path.Combine(folder, "lua5.4-deb-multiarch.h");
        if (!File.Exists(made))
        {
            // Debian's rules make it.
            await File.WriteAllTextAsync(made, "#define DEB_HOST_MULTIARCH \"x86_64-linux-gnu\"\n", cancellationToken);
        }

        return Unit.Below(folder, "*.c", SearchOption.TopDirectoryOnly, ["-std=gnu99", "-DLUA_USE_LINUX", "-I."]);
    }

    private static Task<IReadOnlyList<Unit>> ZlibAsync(string source, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<Unit>>(
    [
        .. Unit.Below(source, "*.c", SearchOption.TopDirectoryOnly, ["-D_LARGEFILE64_SOURCE=1", "-DHAVE_HIDDEN", "-I."]),
        .. Unit.Below(Path.Combine(source, "test"), "*.c", SearchOption.TopDirectoryOnly, ["-D_LARGEFILE64_SOURCE=1", "-I.."]),
    ]);

    private static async Task<IReadOnlyList<Unit>> SqliteAsync(string source, CancellationToken cancellationToken)
    {
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
            .. Unit.Below(source, "*.c", SearchOption.AllDirectories, [.. flags, "-Isrc"]).Where(static unit => unit.Source.StartsWith("ext/", StringComparison.Ordinal)),
        ];
    }
}
