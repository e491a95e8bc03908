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
        C("lua"),
        C("zlib"),
        C("sqlite"),
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

    private static Corpus C(string name) => new(name, CProject.Find(name).UnitsAsync, CProject.Find(name).IsWhole);

    private static Task<IReadOnlyList<Unit>> Own(string name, string header, string package, IReadOnlyList<string> flags) => Task.FromResult(
        File.Exists(header)
            ? Unit.Below(Path.Combine(AppContext.BaseDirectory, "Identity", "Programs", name), "*.cpp", SearchOption.TopDirectoryOnly, ["-std=c++17", "-I.", .. flags])
            : throw new UnfitException($"There is no {header}: install {package}."));
}
