using IceCream.Benchmarks.Processes;

namespace IceCream.Benchmarks.Corpora;

/// <summary>Real sources: a Debian source package, fetched once and configured by CMake.</summary>
/// <param name="Name">The source package.</param>
/// <param name="Header">A header that most of its sources include, below the source folder; the first that exists counts.</param>
/// <param name="Settings">What CMake is told besides.</param>
internal sealed record CMakeProject(string Name, IReadOnlyList<string> Header, IReadOnlyList<string> Settings)
{
    private static readonly CMakeProject[] All =
    [
        new("abseil", ["absl/base/config.h"], ["-DBUILD_TESTING=OFF"]),
        new("leveldb", ["include/leveldb/slice.h"], ["-DLEVELDB_BUILD_TESTS=OFF", "-DLEVELDB_BUILD_BENCHMARKS=OFF"]),
        new("fmtlib", ["include/fmt/base.h", "include/fmt/core.h"], ["-DFMT_TEST=ON"]),
    ];

    public static IEnumerable<string> Names => All.Select(static project => project.Name);

    /// <exception cref="InvalidOperationException">There is none of this name.</exception>
    public static CMakeProject Find(string name) => All.Single(project => project.Name == name);

    /// <summary>Fetches and configures it unless that was done before.</summary>
    /// <exception cref="UnfitException">It cannot be had.</exception>
    public async Task<Sources> PrepareAsync(string cache, CancellationToken cancellationToken)
    {
        foreach (string tool in (ReadOnlySpan<string>)["cmake", "ninja", "g++"])
        {
            if (Tool.Find(tool) is null)
            {
                throw new UnfitException($"The program '{tool}' is missing: install cmake, ninja-build and g++.");
            }
        }

        string source = await DebianSource.FetchAsync(Name, cache, cancellationToken);
        string build = Path.Combine(cache, $"build-{Name}"), database = Path.Combine(build, "compile_commands.json");
        if (!File.Exists(database))
        {
            await Tool.RunAsync(
                ["cmake", "-S", source, "-B", build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release", "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON", "-DCMAKE_CXX_STANDARD=17", .. Settings],
                cancellationToken);
        }

        return new Sources(
            Path.GetFileName(source),
            CompileCommand.Read(database),
            [
                Header.Select(header => Path.Combine(source, header)).FirstOrDefault(File.Exists)
                    ?? throw new UnfitException($"{source} has none of {string.Join(", ", Header)}: this version of {Name} is not known."),
            ]);
    }
}
