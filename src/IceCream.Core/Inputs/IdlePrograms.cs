using IceCream.CommandLine;
using IceCream.Platform;

namespace IceCream.Inputs;

/// <summary>
/// Files with the name of a compiler's program that nobody may execute. A driver on this machine skips such a file. On a worker every file of a tree
/// is executable, and a driver would start it: so such files are not sent.
/// </summary>
internal static class IdlePrograms
{
    private static readonly string[] Programs =
        ["as", "gas", "ld", "cpp", "cc1", "cc1plus", "cc1obj", "cc1objplus", "collect2", "lto1", "lto-wrapper", "objcopy", "llc", "opt"];

    /// <summary>Whether a path is such a file.</summary>
    public static bool IsOne(string path) => (CompilerNames.IsCompiler(Path.GetFileName(path)) || HasNameOfPart(path)) && IsIdle(path);

    /// <summary>
    /// Whether a path is such a file with the name of a program that a driver starts. Names of other drivers do not count: only wrappers start those,
    /// and precompiled headers have similar names.
    /// </summary>
    public static bool IsPart(string path) => HasNameOfPart(path) && IsIdle(path);

    private static bool HasNameOfPart(string path)
    {
        if (Path.GetFileName(path.AsSpan()).Contains('.'))
        {
            // This holds for nearly all inputs, of which there may be thousands.
            return false;
        }

        string name = Path.GetFileName(path);
        return Programs.Any(program => name == program || (name.EndsWith(program, StringComparison.Ordinal) && name[^(program.Length + 1)] == '-'));
    }

    private static bool IsIdle(string path) => Linux.Stat(path, followLinks: true, out FileStatus status) == 0 && status is { IsRegular: true, IsProgram: false };
}
