namespace IceCream.Toolchains;

/// <summary>
/// Adds programs with the loader and the libraries that they need. The loader's cache is not part of a tree, so a library that only
/// the cache would find gets a link in a folder that the loader searches by itself.
/// </summary>
internal sealed class LibraryClosure(ToolchainTree tree, IReadOnlyList<string> libraryPath, string loaderConfiguration = "/etc/ld.so.conf")
{
    private readonly HashSet<(string Path, string Inherited)> _done = [];
    private List<string>? _configured;

    /// <summary>Adds a program.</summary>
    /// <returns>Its path without links.</returns>
    /// <exception cref="ToolchainException">It is no program, or a library of it is missing.</exception>
    public string AddProgram(string path)
    {
        string real = tree.AddFile(path) ?? throw new ToolchainException($"{path} is no file; reinstall the compiler.");
        ElfImports imports = Read(real)
            ?? throw new ToolchainException($"{real} is a script or of an unknown format; name the real compiler instead.");
        var defaults = new List<string>(DefaultFolders(imports));
        if (imports.Interpreter is { } interpreter)
        {
            if (tree.AddFile(interpreter) is null)
            {
                throw new ToolchainException($"{real} needs the loader {interpreter}, which is missing.");
            }
        }

        AddLibraries(real, real, imports, [], defaults);
        return real;
    }

    private void AddLibraries(string path, string real, ElfImports imports, IReadOnlyList<string> inherited, List<string> defaults)
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
            (string found, ElfImports library, bool byCache) = Find(name, own, defaults, imports)
                ?? throw new ToolchainException($"{real} needs the library {name}, which is missing; install it.");
            string home = tree.AddFile(found)!;
            if (byCache && defaults.Select(tree.AddDirectory).FirstOrDefault(static folder => folder is not null) is { } folder)
            {
                tree.AddInventedLink($"{folder}/{name}", home);
            }

            AddLibraries(found, home, library, rpath, defaults);
        }
    }

    private (string Path, ElfImports Imports, bool ByCache)? Find(string name, IReadOnlyList<string> own, List<string> defaults, ElfImports user)
    {
        if (name.Contains('/', StringComparison.Ordinal))
        {
            return Fits(name, user) is { } exact ? (name, exact, false) : null;
        }

        foreach (string folder in own)
        {
            if (Fits($"{folder}/{name}", user) is { } imports)
            {
                return ($"{folder}/{name}", imports, false);
            }
        }

        _configured ??= [.. LoaderConfiguration.Folders(loaderConfiguration)];
        foreach (string folder in _configured.Concat(defaults))
        {
            if (Fits($"{folder}/{name}", user) is { } imports)
            {
                return ($"{folder}/{name}", imports, !defaults.Contains(folder));
            }
        }

        return null;
    }

    private static ElfImports? Fits(string path, ElfImports user) =>
        File.Exists(path) && Read(path) is { } imports && imports.Is64 == user.Is64 && imports.Machine == user.Machine ? imports : null;

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

    /// <summary>The folders built into the loaders of the common distributions, those that exist.</summary>
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
}
