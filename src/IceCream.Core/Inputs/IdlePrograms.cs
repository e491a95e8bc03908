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
    public static bool IsOne(string path)
    {
        string name = Path.GetFileName(path);
        bool isProgram = CompilerNames.IsCompiler(name)
            || Programs.Any(program => name == program || (name.EndsWith(program, StringComparison.Ordinal) && name[^(program.Length + 1)] == '-'));
        return isProgram && Linux.Stat(path, followLinks: true, out FileStatus status) == 0 && status is { IsRegular: true, IsProgram: false };
    }
}
