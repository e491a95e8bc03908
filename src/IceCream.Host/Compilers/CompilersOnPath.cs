using IceCream.CommandLine;
using IceCream.Platform;
using IceCream.Toolchains;

namespace IceCream.Host.Compilers;

/// <summary>A compiler that a build may call.</summary>
/// <param name="Name">The name.</param>
/// <param name="Program">The real compiler's path.</param>
internal sealed record NamedCompiler(string Name, string Program);

/// <summary>Finds the compilers on a search path by the names under which builds call them.</summary>
internal static class CompilersOnPath
{
    private const int AnyExecute = 0b001_001_001;

    /// <summary>All compiler names on the path that lead to a real compiler, sorted by name.</summary>
    public static IReadOnlyList<NamedCompiler> Find(string path)
    {
        string[] folders = [.. path.Split(':').Where(static folder => folder.StartsWith('/')).Distinct()];
        var names = new SortedSet<string>(StringComparer.Ordinal);
        foreach (string folder in folders)
        {
            try
            {
                names.UnionWith(Directory.EnumerateFiles(folder).Select(Path.GetFileName).OfType<string>().Where(CompilerNames.IsCompiler));
            }
            catch (Exception e) when (e is UnauthorizedAccessException or IOException)
            {
                // A folder that is not there, or not any more, adds no names. One that this user may not list adds none here; builds can still call its compilers by names they know.
            }
        }

        string absolute = string.Join(':', folders);
        var none = new HashSet<string>();
        return [.. names.Select(name => (name, Program: CompilerLocator.Find(name, absolute, "/", none)))
            .Where(static found => found.Program is not null)
            .Select(static found => new NamedCompiler(found.name, found.Program!))];
    }

    /// <summary>Whether a path leads to a regular file with any execute permission.</summary>
    public static bool IsProgram(string path) =>
        Linux.Stat(path, followLinks: true, out FileStatus status) == 0 && status.IsRegular && (status.Permissions & AnyExecute) != 0;
}
