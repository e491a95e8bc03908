using IceCream.Benchmarks.Corpora;

namespace IceCream.Benchmarks.Identity;

/// <summary>A way to compile every file of a corpus.</summary>
/// <param name="Name">As it is asked for.</param>
/// <param name="C">The compiler of C.</param>
/// <param name="CPlusPlus">The compiler of C++.</param>
/// <param name="Flags">What it is told besides the file's own flags.</param>
internal sealed record Variant(string Name, string C, string CPlusPlus, IReadOnlyList<string> Flags)
{
    /// <summary>Everything that a compile can write beside its object.</summary>
    /// <remarks>
    /// Without a seed GCC writes the time into its notes for coverage; and with optimisation no two of its objects with split debug information are the same,
    /// as the identifier of the .dwo depends on addresses.
    /// </remarks>
    private static readonly string[] Beside = ["-O0", "-g", "-gsplit-dwarf", "--coverage", "-fstack-usage"];

    private static readonly Variant[] All =
    [
        Gcc("gcc-O2", "-O2"), Gcc("gcc-O0-g", "-O0", "-g"), Clang("clang-O2", "-O2"), Clang("clang-O0-g", "-O0", "-g"),
        Gcc("gcc-beside", [.. Beside, "-frandom-seed=identity"]), Clang("clang-beside", Beside),
    ];

    public static IEnumerable<string> Names => All.Select(static variant => variant.Name);

    /// <exception cref="InvalidOperationException">There is none of this name.</exception>
    public static Variant Find(string name) => All.Single(variant => variant.Name == name);

    /// <summary>The whole command that compiles a file.</summary>
    /// <param name="unit">The file.</param>
    /// <param name="launcher">What is put in front; nothing to compile here.</param>
    /// <param name="stem">The outputs' path, without a suffix.</param>
    public IReadOnlyList<string> Command(Unit unit, IReadOnlyList<string> launcher, string stem) =>
    [
        .. launcher, unit.IsC ? C : CPlusPlus, .. unit.Words, .. Flags, "-Wall", "-MD", "-MF", $"{stem}.d", "-o", $"{stem}.o", "-c", unit.Source,
    ];

    private static Variant Gcc(string name, params string[] flags) => new(name, "gcc", "g++", flags);

    private static Variant Clang(string name, params string[] flags) => new(name, "clang", "clang++", flags);
}
