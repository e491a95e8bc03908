using IceCream.Platform;
using IceCream.Processes;

namespace IceCream.Toolchains;

/// <summary>Finds a program that a compiler starts: at the path that the compiler reports, or on the search path when it reports only a name.</summary>
internal static class ProgramSearch
{
    private const string UsualPath = "/usr/local/bin:/usr/bin:/bin";

    /// <returns>An absolute path; null when the compiler has no such program.</returns>
    public static async ValueTask<string?> FindAsync(
        ICompilerProbe probe, CompilerQuestions questions, ToolchainTree tree, string name, CancellationToken cancellationToken)
    {
        ProbeAnswer answer = await questions.AskAsync(probe, [$"-print-prog-name={name}"], cancellationToken).ConfigureAwait(false);
        string path = answer.Output.Trim();
        if (path.Contains('/', StringComparison.Ordinal))
        {
            // The path is relative where a flag or a variable is.
            path = Path.Combine(questions.WorkingDirectory, path);
            return IsProgram(path) ? path : null;
        }

        foreach (string folder in (questions.Variable("PATH") ?? UsualPath).Split(':'))
        {
            string candidate = Path.Combine(questions.WorkingDirectory, folder, path.Length == 0 ? name : path);
            if (!tree.AddIdle(candidate) && tree.AddFile(candidate) is not null)
            {
                return candidate;
            }
        }

        return null;
    }

    private static bool IsProgram(string path) => Linux.Stat(path, followLinks: true, out FileStatus status) == 0 && status.IsProgram;
}
