using IceCream.CommandLine;
using IceCream.Platform;

namespace IceCream.Inputs;

/// <summary>
/// Files that have the name of a compiler's program and may not be executed. A driver passes over them, and would not on a worker, where every
/// file of a tree may be: so they are not sent.
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
            // As nearly all inputs: there may be thousands.
            return false;
        }

        string name = Path.GetFileName(path);
        return Programs.Any(program => name == program || (name.EndsWith(program, StringComparison.Ordinal) && name[^(program.Length + 1)] == '-'));
    }

    private static bool IsIdle(string path) => Linux.Stat(path, followLinks: true, out FileStatus status) == 0 && status is { IsRegular: true, IsProgram: false };
}
