using IceCream.CommandLine;
using IceCream.Platform;

namespace IceCream.Inputs;

/// <summary>
/// Files that have the name of a compiler's program and that nobody may execute. Here a driver passes over such a file. On a worker every file of a tree can be
/// executed, and a driver would start it: so such files are not sent.
/// </summary>
internal static class IdlePrograms
{
    private static readonly string[] Programs =
        ["as", "gas", "ld", "cpp", "cc1", "cc1plus", "cc1obj", "cc1objplus", "collect2", "lto1", "lto-wrapper", "objcopy", "llc", "opt"];

    /// <summary>Whether a path is one.</summary>
    public static bool IsOne(string path) => (CompilerNames.IsCompiler(Path.GetFileName(path)) || HasNameOfPart(path)) && IsIdle(path);

    /// <summary>Whether a path is one that a driver starts: another driver is started by wrappers alone, and precompiled headers have names like one.</summary>
    public static bool IsPart(string path) => HasNameOfPart(path) && IsIdle(path);

    private static bool HasNameOfPart(string path)
    {
        if (Path.GetFileName(path.AsSpan()).Contains('.'))
        {
            // This is so for nearly all inputs, of which there may be thousands.
            return false;
        }

        string name = Path.GetFileName(path);
        return Programs.Any(program => name == program || (name.EndsWith(program, StringComparison.Ordinal) && name[^(program.Length + 1)] == '-'));
    }

    private static bool IsIdle(string path) => Linux.Stat(path, followLinks: true, out FileStatus status) == 0 && status is { IsRegular: true, IsProgram: false };
}
