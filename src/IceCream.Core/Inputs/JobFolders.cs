using IceCream.Jobs;

namespace IceCream.Inputs;

/// <summary>Folders that a job needs although no flag names them.</summary>
internal static class JobFolders
{
    private const string Variable = "PWD=", ProgramPath = "PATH=";

    /// <summary>Paths in this folder resolve differently for each process; the worker's kernel provides its own.</summary>
    private const string OfProcess = "/proc/";

    extension(CompileJob job)
    {
        /// <summary>
        /// The working directory according to <c>PWD</c>. Compilers write it into debug information when it leads to the working directory, so it
        /// must lead there on the worker too. Paths through <c>/proc</c> do so everywhere.
        /// </summary>
        public IEnumerable<string> ToldFolders() => job.Environment
            .Where(static variable => variable.StartsWith(Variable + "/", StringComparison.Ordinal))
            .Select(static variable => variable[Variable.Length..])
            .Where(told => told != job.WorkingDirectory && !told.StartsWith(OfProcess, StringComparison.Ordinal));

        /// <summary>The folders of <c>PATH</c>, in which programs are searched, as they stand there.</summary>
        public string[] ProgramFolders() => job.Environment.FirstOrDefault(static variable => variable.StartsWith(ProgramPath, StringComparison.Ordinal)) is { } path
            ? path[ProgramPath.Length..].Split(':', StringSplitOptions.RemoveEmptyEntries) : [];
    }
}
