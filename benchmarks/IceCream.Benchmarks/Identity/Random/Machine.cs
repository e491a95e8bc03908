using IceCream.Benchmarks.Processes;

namespace IceCream.Benchmarks.Identity.Random;

/// <summary>What this machine has to make cases of. The same seed makes the same cases where this is the same.</summary>
internal sealed record Machine(IReadOnlyList<string> Compilers, bool HasCsmith, bool IsRoot)
{
    /// <summary>The common ones come up more often.</summary>
    private static readonly string[] Known = ["gcc", "gcc", "gcc", "gcc", "g++", "g++", "g++", "clang", "clang", "clang", "clang++", "clang++", "gcc-11", "g++-11", "clang-19", "musl-gcc"];

    public static Machine Find() => new(
        [.. Known.Where(static name => Tool.Find(name) is not null)], Tool.Find("csmith") is not null && Directory.Exists("/usr/include/csmith"), Environment.IsPrivilegedProcess);

    public bool Has(string compiler) => Compilers.Contains(compiler);
}
