using System.Collections.Concurrent;
using IceCream.Jobs;
using IceCream.Platform;

namespace IceCream.Toolchains;

/// <summary>
/// The libraries that <c>LD_PRELOAD</c> loads into every program of a build (ld.so(8)). A compile may leave without a library that cannot change a
/// compiler's output: one with a known name, or one that defines no symbol that a program of the compiler needs and calls nothing itself.
/// </summary>
internal sealed class PreloadedLibraries
{
    private static readonly (string Name, string Reason)[] Idle =
    [
        ("libfakeroot", "tells other owners of files, which no compiler asks for"),
        ("libpseudo", "tells other owners of files, which no compiler asks for"),
        ("libeatmydata.so", "leaves out that files are brought to the disk"),
        ("libstdbuf.so", "decides when words are written, and not which"),
        ("libsandbox.so", "forbids to write outside of the build, which nothing on a worker can"),
        ("libjemalloc.so", "gives memory in another way"),
        ("libtcmalloc", "gives memory in another way"),
        ("libmimalloc.so", "gives memory in another way"),
        ("libear.so", "writes down which programs a build starts"),
        ("libexec.so", "writes down which programs a build starts, as the newer Bear has it"),
        ("libgtk3-nocsd.so", "decides how windows look"),
    ];

    /// <summary>The symbols that the compiler's own start files make every library reference.</summary>
    private static readonly string[] OfEvery = ["__cxa_finalize", "__gmon_start__", "_ITM_deregisterTMCloneTable", "_ITM_registerTMCloneTable"];

    /// <summary>The most toolchains whose symbols are kept: those of one are some megabytes.</summary>
    private const int MostToolchains = 16;

    private readonly ConcurrentDictionary<Digest, IReadOnlySet<string>> _wanted = new();

    /// <summary>Why a compile does not leave without a library; null when it may.</summary>
    /// <param name="name">The library's name in the variable.</param>
    /// <param name="libraryPath">The value of <c>LD_LIBRARY_PATH</c>; empty when it is not set.</param>
    /// <param name="toolchain">The digest of the toolchain, whose programs and libraries might use the library.</param>
    /// <param name="tree">The tree of the toolchain.</param>
    public string? ReasonToStay(string name, string libraryPath, Digest toolchain, FileTree tree)
    {
        string? path;
        try
        {
            path = Find(name, libraryPath);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"is not found, for {LoaderCache.Usual} cannot be read: {e.Message}";
        }

        if (path is null)
        {
            // The loader prints a warning about it in each program that it starts.
            return "is not found";
        }

        if (Array.Exists(Idle, known => Path.GetFileName(path).StartsWith(known.Name, StringComparison.Ordinal)))
        {
            return null;
        }

        try
        {
            if (ElfSymbols.Read(path) is not { } symbols)
            {
                return "is of an unknown format";
            }

            if (symbols.Wanted.FirstOrDefault(static symbol => !OfEvery.Contains(symbol)) is { } called)
            {
                return $"brings code into the compiler that uses {called}";
            }

            if (_wanted.Count >= MostToolchains && !_wanted.ContainsKey(toolchain))
            {
                _wanted.Clear();
            }

            IReadOnlySet<string> wanted = _wanted.GetOrAdd(toolchain, _ => WantedBy(tree));
            return symbols.Defined.FirstOrDefault(wanted.Contains) is { } replaced ? $"replaces {replaced} in the compiler" : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"cannot be read: {e.Message}";
        }
    }

    private static string? Find(string name, string libraryPath)
    {
        if (name.Contains('/', StringComparison.Ordinal))
        {
            return name.StartsWith('/') && Exists(name) ? name : null;
        }

        IEnumerable<string> indexed = Exists(LoaderCache.Usual) ? LoaderCache.Read(Linux.ReadAllBytes(LoaderCache.Usual)).GetValueOrDefault(name) ?? [] : [];
        return libraryPath.Split(':').Where(static folder => folder.StartsWith('/')).Select(folder => $"{folder}/{name}").Concat(indexed).FirstOrDefault(Exists);
    }

    private static bool Exists(string path) => Linux.Stat(path, followLinks: true, out FileStatus status) == 0 && status.IsRegular;

    private static HashSet<string> WantedBy(FileTree tree)
    {
        var wanted = new HashSet<string>(StringComparer.Ordinal);
        foreach (TreeFile file in tree.Files)
        {
            if (ElfSymbols.Read(file.Path) is { } symbols)
            {
                wanted.UnionWith(symbols.Wanted);
            }
        }

        return wanted;
    }
}
