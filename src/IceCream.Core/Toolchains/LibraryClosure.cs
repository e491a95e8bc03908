using IceCream.Platform;

namespace IceCream.Toolchains;

/// <summary>
/// Adds programs with their loader and libraries. The loader's index is included, so that it finds the same libraries as at the origin, and so that a
/// library that a program opens at run time is at the same path.
/// </summary>
internal sealed class LibraryClosure(ToolchainTree tree, IReadOnlyList<string> libraryPath, string loaderCache = LoaderCache.Usual)
{
    private readonly HashSet<(string Path, string Inherited)> _done = [];
    private Dictionary<string, List<string>>? _indexed;

    /// <summary>Adds a program.</summary>
    /// <returns>Its path without links.</returns>
    /// <exception cref="ToolchainException">It is not a program, or one of its libraries is missing.</exception>
    public string AddProgram(string path)
    {
        string real = tree.AddFile(path) ?? throw new ToolchainException($"{path} is no file; reinstall the compiler.");
        ElfImports imports = Read(real)
            ?? throw new ToolchainException($"{real} is a script or of an unknown format; name the real compiler instead.");
        bool hasIndex = false;
        if (imports.Interpreter is { } interpreter)
        {
            if (tree.AddFile(interpreter) is null)
            {
                throw new ToolchainException($"{real} needs the loader {interpreter}, which is missing.");
            }

            // The loader of musl has no index, and ignores that of glibc.
            hasIndex = !Path.GetFileName(interpreter).StartsWith("ld-musl", StringComparison.Ordinal) && tree.AddFile(loaderCache) is not null;
        }

        AddLibraries(real, real, imports, [], new Loader([.. DefaultFolders(imports)], hasIndex));
        return real;
    }

    private void AddLibraries(string path, string real, ElfImports imports, IReadOnlyList<string> inherited, Loader loader)
    {
        if (!_done.Add((path, string.Join(':', inherited))))
        {
            return;
        }

        string origin = Path.GetDirectoryName(path)!;
        IReadOnlyList<string> rpath = imports.RunPath is null ? [.. Expand(imports.RPath, origin), .. inherited] : [];
        IReadOnlyList<string> own = [.. rpath, .. libraryPath, .. Expand(imports.RunPath, origin)];
        foreach (string name in imports.Needed)
        {
            (string found, ElfImports library) = Find(name, own, loader, imports)
                ?? throw new ToolchainException($"{real} needs the library {name}, which is missing; install it.");
            AddLibraries(found, tree.AddFile(found)!, library, rpath, loader);
            IEnumerable<string> indexed = loader.HasIndex ? Indexed(name) : [];
            if (indexed.Contains(found))
            {
                // The loader chooses the build that fits the processor best, and does not return to the index when that one is missing.
                foreach (string build in indexed.Where(path => IsForNewerProcessors(path) && Fits(path, imports) is not null))
                {
                    tree.AddFile(build);
                }
            }
        }
    }

    private (string Path, ElfImports Imports)? Find(string name, IReadOnlyList<string> own, Loader loader, ElfImports user)
    {
        if (name.Contains('/', StringComparison.Ordinal))
        {
            return Fits(name, user) is { } exact ? (name, exact) : null;
        }

        IEnumerable<string> places = [.. own.Select(folder => $"{folder}/{name}"), .. loader.HasIndex ? Indexed(name) : [], .. loader.Defaults.Select(folder => $"{folder}/{name}")];
        foreach (string path in places)
        {
            if (Fits(path, user) is { } imports)
            {
                return (path, imports);
            }
        }

        return null;
    }

    /// <summary>The paths of a library in the loader's index. Builds for newer processors come last: the plain one does the same, and any machine can load it.</summary>
    private IEnumerable<string> Indexed(string name)
    {
        try
        {
            _indexed ??= LoaderCache.Read(Linux.ReadAllBytes(loaderCache));
        }
        catch (IOException e)
        {
            throw new ToolchainException($"{loaderCache} leads the compiler to its libraries and cannot be read: {e.Message}", e);
        }

        return _indexed.TryGetValue(name, out List<string>? paths) ? paths.OrderBy(IsForNewerProcessors) : [];
    }

    private static bool IsForNewerProcessors(string path) => path.Contains("/glibc-hwcaps/", StringComparison.Ordinal);

    private static ElfImports? Fits(string path, ElfImports user) =>
        Linux.Stat(path, followLinks: true, out FileStatus status) == 0 && status.IsRegular && Read(path) is { } imports && imports.Is64 == user.Is64 && imports.Machine == user.Machine ? imports : null;

    private static ElfImports? Read(string path)
    {
        try
        {
            return ElfImports.Read(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ToolchainException($"{path} belongs to the compiler and cannot be read: {e.Message}", e);
        }
    }

    private static IEnumerable<string> Expand(string? folders, string origin) =>
        (folders ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => folder.Replace("${ORIGIN}", origin, StringComparison.Ordinal).Replace("$ORIGIN", origin, StringComparison.Ordinal))
            .Where(static folder => folder.StartsWith('/') && !folder.Contains('$', StringComparison.Ordinal));

    /// <summary>The existing ones of the folders that are built into the loaders of the common distributions.</summary>
    private static IEnumerable<string> DefaultFolders(ElfImports imports)
    {
        string? multiarch = (imports.Machine, imports.Is64) switch
        {
            (3, _) => "i386-linux-gnu",
            (21, true) => "powerpc64le-linux-gnu",
            (22, true) => "s390x-linux-gnu",
            (40, _) => "arm-linux-gnueabihf",
            (62, true) => "x86_64-linux-gnu",
            (62, false) => "x86_64-linux-gnux32",
            (183, _) => "aarch64-linux-gnu",
            (243, true) => "riscv64-linux-gnu",
            (258, true) => "loongarch64-linux-gnu",
            _ => null,
        };
        string[] multiarchFolders = multiarch is null ? [] : [$"/lib/{multiarch}", $"/usr/lib/{multiarch}"];
        string[] wide = imports.Is64 ? ["/lib64", "/usr/lib64"] : [];
        string[] folders = Directory.Exists($"/usr/lib/{multiarch}") && multiarch is not null
            ? [.. multiarchFolders, "/lib", "/usr/lib"]
            : [.. wide, "/lib", "/usr/lib"];
        return folders.Where(Directory.Exists);
    }

    /// <summary>The search rules of a program's loader.</summary>
    /// <param name="Defaults">The folders built into it.</param>
    /// <param name="HasIndex">Whether it has the index.</param>
    private sealed record Loader(IReadOnlyList<string> Defaults, bool HasIndex);
}
