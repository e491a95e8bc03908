using System.Buffers;
using IceCream.Jobs;

namespace IceCream.CommandLine;

/// <summary>What a program's name tells about it.</summary>
internal static class CompilerNames
{
    private static readonly string[] Wrappers =
    [
        "icelaunch", "icehost", "icecc", "icecream", "icerun", "ccache", "distcc", "pump", "sccache", "buildcache", "fastbuild", "goma", "gomacc", "rewrapper", "reclient",
        "firebuild", "zapcc", "nocc", "cachecc1", "clcache", "recc", "colorgcc",
    ];

    private static readonly SearchValues<char> VersionCharacters = SearchValues.Create("0123456789.");

    /// <summary>Whether the program wraps a compiler, as ccache does. A wrapper is never taken for a compiler.</summary>
    public static bool IsWrapper(string program) => Stem(program).Split('-').Any(part => Wrappers.Contains(part, StringComparer.Ordinal));

    /// <summary>Whether the name is that of a C or C++ compiler driver: plain, with a version, or for another machine.</summary>
    public static bool IsCompiler(string program) => Driver(program) is not null;

    /// <summary>The family by name; null when the name does not tell, as with <c>cc</c>: the program must then be asked.</summary>
    public static CompilerFamily? Family(string program) => Driver(program) switch
    {
        "gcc" or "g++" => CompilerFamily.Gcc,
        "clang" or "clang++" => CompilerFamily.Clang,
        _ => null,
    };

    /// <summary>Whether the driver compiles C sources as C++.</summary>
    public static bool IsCxxDriver(string program) => Driver(program) is "g++" or "c++" or "clang++";

    private static string? Driver(string program)
    {
        if (IsWrapper(program))
        {
            return null;
        }

        var stem = Stem(program);
        var cut = stem.LastIndexOf('-');
        var driver = stem[(cut + 1)..];

        // These two are scripts that add flags of their own.
        return stem is "c89-gcc" or "c99-gcc" || cut == 0 ? null
            : driver is "gcc" or "g++" or "cc" or "c++" or "clang" or "clang++" ? driver
            : null;
    }

    private static string Stem(string program)
    {
        var name = WithoutThreads(program[(program.LastIndexOf('/') + 1)..]);
        var cut = name.LastIndexOf('-');
        if (cut > 0 && name.AsSpan(cut + 1) is { Length: > 0 } version && char.IsAsciiDigit(version[0]) && !version.ContainsAnyExcept(VersionCharacters))
        {
            name = name[..cut];
        }

        return WithoutThreads(name);
    }

    /// <summary>The name without its thread model: Debian has a variant of its MinGW compilers for each, with and without a version before it.</summary>
    private static string WithoutThreads(string name) =>
        name.EndsWith("-posix", StringComparison.Ordinal) || name.EndsWith("-win32", StringComparison.Ordinal) ? name[..^6] : name;
}
