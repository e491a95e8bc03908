using IceCream.Host.Compilers;

namespace IceCream.Host.Runs;

/// <summary>The program that a shell would run for a command's first word, or the shell's error and exit code.</summary>
/// <param name="Program">The program's absolute path; null if there is none.</param>
/// <param name="Error">The shell's error if there is none; else empty.</param>
/// <param name="ExitCode">The shell's exit code then.</param>
internal sealed record ProgramSearch(string? Program, string Error, int ExitCode)
{
    public const int NotExecutable = 126, NotFound = 127;

    /// <summary>Looks for a program.</summary>
    /// <param name="name">The command's first word.</param>
    /// <param name="path">The command's own search path, so that a bare compiler also goes through the farm.</param>
    public static ProgramSearch For(string name, string path)
    {
        bool isPath = name.Contains('/', StringComparison.Ordinal);
        string[] places = isPath ? [Path.GetFullPath(name)]
            : name.Length == 0 ? []
            : [.. path.Split(':').Where(static folder => folder.Length > 0).Select(folder => Path.GetFullPath(Path.Combine(folder, name)))];
        return places.FirstOrDefault(CompilersOnPath.IsProgram) is { } program ? new ProgramSearch(program, "", 0)
            : places.Any(File.Exists) ? new ProgramSearch(null, "it is not executable", NotExecutable)
            : isPath && Directory.Exists(places[0]) ? new ProgramSearch(null, "it is a folder", NotExecutable)
            : isPath ? new ProgramSearch(null, "there is no such file", NotFound)
            : new ProgramSearch(null, "command not found", NotFound);
    }
}
