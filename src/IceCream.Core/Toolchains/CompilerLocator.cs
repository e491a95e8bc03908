using IceCream.CommandLine;
using IceCream.Platform;

namespace IceCream.Toolchains;

/// <summary>Finds the real compiler behind a name: the next one on the search path that is neither a compiler wrapper nor a link to one.</summary>
internal static class CompilerLocator
{
    /// <summary>Finds a program.</summary>
    /// <param name="word0">The command's first word: a name, or a path.</param>
    /// <param name="path">The search path (<c>PATH</c>).</param>
    /// <param name="workingDirectory">The base of relative paths.</param>
    /// <param name="skip">Further programs that are not compilers, by their paths without links.</param>
    /// <param name="self">The file of the searching program, which is no compiler under any name: hard links and bind mounts have a path of their own. Null: unknown.</param>
    /// <returns>
    /// The absolute path as spelled, to be resolved by the kernel: a textual simplification of <c>a/../b</c> names another file where <c>a</c> is a
    /// link. Null when there is none.
    /// </returns>
    public static string? Find(string word0, string path, string workingDirectory, ISet<string> skip, FileStatus? self = null)
    {
        if (word0.Length == 0)
        {
            return null;
        }

        if (word0.Contains('/', StringComparison.Ordinal))
        {
            string named = Path.Combine(workingDirectory, word0);
            return IsCompiler(named, skip, self) ? named

                // Only a wrapper is replaced by the compiler behind it. A path that leads to no program is an error, which the kernel reports best.
                : IsProgram(named) ? Find(Path.GetFileName(word0), path, workingDirectory, skip, self)
                : null;
        }

        return path.Split(':')
            .Select(folder => Path.Combine(workingDirectory, folder, word0))
            .FirstOrDefault(candidate => IsCompiler(candidate, skip, self));
    }

    /// <summary>Whether a plain name resolves to a program on the search path, with no other program of that name, wrapper or not, before it.</summary>
    /// <param name="program">The program, as <see cref="Find"/> spells it.</param>
    /// <param name="name">The name, without a folder.</param>
    /// <param name="path">The search path.</param>
    /// <param name="workingDirectory">The base of relative paths.</param>
    public static bool IsFirst(string program, string name, string path, string workingDirectory) => program == path.Split(':')
        .Select(folder => Path.Combine(workingDirectory, folder, name))
        .FirstOrDefault(static candidate => IsProgram(candidate));

    /// <summary>Whether a path leads to a wrapper, by the name of the final link target.</summary>
    public static bool IsWrapper(string path) => CompilerNames.IsWrapper(RealPath(path));

    /// <summary>Whether a path leads to the searching program or to a copy of it, whatever its name there.</summary>
    /// <param name="path">The path.</param>
    /// <param name="file">The searching program's file; null when it is unknown.</param>
    public static bool LeadsTo(string path, FileStatus? file) =>
        file is { } known && Linux.Stat(path, followLinks: true, out FileStatus status) == 0 && (AreOne(status, known) || IsCopy(path, status, known));

    private static bool AreOne(in FileStatus one, in FileStatus other) => (one.Device, one.Inode) == (other.Device, other.Inode);

    /// <summary>
    /// Whether a file is a copy of the searching program, which under a compiler's name would search in turn, and find the first one. No compiler has its length
    /// but by accident, so that nothing is read before a copy.
    /// </summary>
    private static bool IsCopy(string path, in FileStatus status, in FileStatus own)
    {
        if (status.Length != own.Length || status.Length == 0)
        {
            return false;
        }

        try
        {
            return File.ReadAllBytes(path).AsSpan().SequenceEqual(File.ReadAllBytes("/proc/self/exe"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Nobody may read it, or it is gone: whoever runs it will say so.
            return false;
        }
    }

    private static bool IsProgram(string path) =>
        Linux.Stat(path, followLinks: true, out FileStatus status) == 0 && status.IsProgram;

    private static bool IsCompiler(string path, ISet<string> skip, FileStatus? self)
    {
        if (Linux.Stat(path, followLinks: true, out FileStatus status) != 0 || !status.IsProgram || (self is { } own && (AreOne(status, own) || IsCopy(path, status, own))))
        {
            return false;
        }

        string real = RealPath(path);
        return !CompilerNames.IsWrapper(real) && !skip.Contains(real);
    }

    /// <summary>The path with all links resolved; unchanged when it does not exist.</summary>
    public static string RealPath(string path) => new ToolchainTree().AddFile(path) ?? path;
}
